import Formats
import Foundation
import Testing
import Training

/// Reading data sets, sound ones and others.
@Suite struct DataDirectoryTests {
  // MARK: MNIST's form

  private static let images = [UInt8].idx([3, 2, 2], Array(1...12))
  private static let labels = [UInt8].idx([3], [2, 0, 1])

  @Test(arguments: [
    ("train-images-idx3-ubyte", images, "train-labels-idx1-ubyte"),
    ("train-images.idx3-ubyte", images, "train-labels.idx1-ubyte"),
    ("train-images-idx3-ubyte.gz", .gzippedImages, "train-labels-idx1-ubyte"),
    // What a file is, its bytes say, not its name.
    ("train-images-idx3-ubyte", .gzippedImages, "train-labels-idx1-ubyte.gz"),
  ])
  func readsIDX(_ imagesName: String, _ images: [UInt8], _ labelsName: String) throws {
    let files = try DataSetFiles([imagesName: images, labelsName: Self.labels])
    let directory = try DataDirectory(contentsOf: files.path)
    #expect(directory.format == .idx)
    let set = try directory.trainingSet
    #expect(set.count == 3 && set.classCount == 3 && set.labels == [2, 0, 1] && set.classNames == nil)
    #expect(set.pictures.pictureShape == [2, 2, 1])
    #expect(
      try set.pictures.picture(at: 1) == Picture(rows: 2, columns: 2, channels: 1, pixels: [5, 6, 7, 8]))
    #expect(throws: FileError.self) { try directory.testSet }
  }

  @Test func bothSetsHaveTheClassesOfEither() throws {
    let files = try DataSetFiles([
      "train-images-idx3-ubyte": Self.images, "train-labels-idx1-ubyte": Self.labels,
      "t10k-images-idx3-ubyte": .idx([1, 2, 2], [1, 2, 3, 4]), "t10k-labels-idx1-ubyte": .idx([1], [7]),
    ])
    let directory = try DataDirectory(contentsOf: files.path)
    #expect(try directory.trainingSet.classCount == 8 && directory.testSet.classCount == 8)
  }

  // MARK: CIFAR

  @Test func readsCIFAR10() throws {
    let files = try DataSetFiles([
      "cifar-10-batches-bin/data_batch_2.bin": .cifar([9], [7, 8, 9]),
      "cifar-10-batches-bin/data_batch_1.bin": .cifar([3], [1, 2, 3]) + .cifar([4], [4, 5, 6]),
      "cifar-10-batches-bin/test_batch.bin": .cifar([0], [0, 0, 1]),
      "cifar-10-batches-bin/batches.meta.txt": Array((0..<10).map { "class\($0)\n" }.joined().utf8) + [10],
    ])
    let directory = try DataDirectory(contentsOf: files.path)
    #expect(directory.format == .cifar10)
    let set = try directory.trainingSet
    #expect(set.labels == [3, 4, 9] && set.classCount == 10 && set.classNames?.last == "class9")
    let firstPixels = try (0..<3).map { try set.pictures.picture(at: $0).pixels.prefix(4) }
    #expect(firstPixels == [[1, 2, 3, 1], [4, 5, 6, 4], [7, 8, 9, 7]])
    #expect(set.pictures.place(of: 2).hasPrefix("picture 0 of ") && set.pictures.place(of: 2).hasSuffix("2.bin"))
    #expect(try directory.testSet.labels == [0])
  }

  @Test func readsTheFineClassesOfCIFAR100() throws {
    let files = try DataSetFiles([
      "train.bin": .cifar([19, 99], [1, 2, 3]), "test.bin": .cifar([1, 0], [4, 5, 6]),
    ])
    let directory = try DataDirectory(contentsOf: files.path)
    #expect(directory.format == .cifar100)
    #expect(try directory.trainingSet.labels == [99] && directory.trainingSet.classCount == 100)
    #expect(try directory.testSet.pictures.picture(at: 0).pixels.prefix(3) == [4, 5, 6])
  }

  // MARK: Folders

  @Test func readsFoldersOfPictures() throws {
    let files = try DataSetFiles([
      "train/dog/b.png": .grayPNG, "train/cat/2.png": .grayPNG, "train/cat/10.PNG": .rgbPNG,
      "train/cat/notes.txt": [1], "train/.hidden": [1], "train/readme.md": [1], "val/dog/a.png": .rgbPNG,
    ])
    let directory = try DataDirectory(contentsOf: files.path)
    #expect(directory.format == .folders)
    let set = try directory.trainingSet
    #expect(set.classNames == ["cat", "dog"] && set.labels == [0, 0, 1] && set.pictures.pictureShape == nil)
    #expect((0..<3).map { set.pictures.place(of: $0).split(separator: "/").last } == ["10.PNG", "2.png", "b.png"])
    let picture = try set.pictures.picture(at: 0)
    #expect(picture == Picture(rows: 2, columns: 3, channels: 3, pixels: Array(0...17)))
    #expect(try set.pictures.picture(at: 2).pixels == [0, 50, 100, 150, 200, 250])
    #expect(try directory.testSet.labels == [1])
  }

  @Test func aPictureThatIsNoneIsNamed() throws {
    let files = try DataSetFiles(["train/a/1.jpg": [1, 2, 3]])
    let set = try DataDirectory(contentsOf: files.path).trainingSet
    #expect {
      try set.pictures.picture(at: 0)
    } throws: {
      "\($0)".contains("train/a/1.jpg is neither a PNG nor a JPEG picture")
    }
  }

  // MARK: Faults

  struct Fault: Sendable, CustomTestStringConvertible {
    var files: [String: [UInt8]]
    /// The name of the file at fault; empty: the directory.
    var file: String
    var message: String
    var testDescription: String { message }
  }

  static func imagesFault(_ images: [UInt8], _ message: String) -> Fault {
    let name = "train-images-idx3-ubyte"
    return Fault(files: [name: images, "train-labels-idx1-ubyte": labels], file: name, message: message)
  }

  static func tenFault(_ bytes: [UInt8], _ message: String) -> Fault {
    Fault(files: ["data_batch_1.bin": bytes], file: "data_batch_1.bin", message: message)
  }

  /// With some bytes replaced.
  private static func gzippedImages(at offset: Int, _ bytes: [UInt8]) -> [UInt8] {
    var images = [UInt8].gzippedImages
    images.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    return images
  }

  static let faults: [Fault] = [
    imagesFault([], "it ends early"),
    imagesFault(Array(images.prefix(9)), "it ends early"),
    imagesFault(images.dropLast(), "it ends early"),
    imagesFault(images + [1], "it goes on after what its header promises"),
    imagesFault([0, 0, 13, 3] + images.dropFirst(4), "of an IDX file of bytes; they are [0, 0, 13, 3]"),
    imagesFault(labels, "of an IDX file of bytes; they are [0, 0, 8, 1]"),
    imagesFault(.idx([0, 2, 2], []), "its header promises 0 x 2 x 2 bytes"),
    imagesFault(
      .idx([.max, .max, .max], []), "its header promises 4294967295 x 4294967295 x 4294967295 bytes"),
    imagesFault(.idx([30_000, 28, 28], []), "it ends early"),
    imagesFault(.gzippedImages.dropLast(12), "it ends early"),
    imagesFault(.gzippedImages.dropLast(4), "it ends early"),
    imagesFault(gzippedImages(at: 12, [255, 255]), "it cannot be unpacked"),
    imagesFault(gzippedImages(at: 35, [1, 2, 3, 4]), "it cannot be unpacked"),
    Fault(
      files: ["train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": .idx([2], [0, 1])],
      file: "train-labels-idx1-ubyte", message: "it has 2 labels, and train-images-idx3-ubyte 3 images"),
    Fault(
      files: ["train-images-idx3-ubyte": images], file: "",
      message: "there is train-images-idx3-ubyte, but no train-labels-idx1-ubyte beside it"),
    tenFault([], "it has 0 bytes, which are not pictures of 3073 bytes each"),
    tenFault(.cifar([1], [1, 2, 3]) + [1], "it has 3074 bytes"),
    tenFault(.cifar([1], [1, 2, 3]) + .cifar([10], [1, 2, 3]), "picture 1 is of class 10; classes are 0 to 9"),
    Fault(
      files: ["train.bin": .cifar([0, 100], [1, 2, 3])], file: "train.bin",
      message: "picture 0 is of class 100; classes are 0 to 99"),
    Fault(
      files: ["test_batch.bin": .cifar([1], [1, 2, 3]), "batches.meta.txt": Array("a\nb\n".utf8)],
      file: "batches.meta.txt", message: "it names 2 classes; there are 10"),
    Fault(files: ["train/a.png": .grayPNG], file: "train", message: "a directory a class is expected"),
    Fault(files: ["train/a/b.txt": [1]], file: "train", message: "there are no pictures in its directories"),
    Fault(
      files: ["train/a/1.png": .grayPNG, "val/b/1.png": .grayPNG], file: "val/b",
      message: "there is no such class among those of the training set"),
    Fault(files: ["train": [1]], file: "train", message: "a directory is expected, this is a file"),
    Fault(
      files: ["README": [1], "data_batch_1": [1]], file: "",
      message: "there is no data set in this directory: there is README, data_batch_1. Looked for is one of\n  IDX"),
  ]

  @Test(arguments: faults) func faultIsTold(_ fault: Fault) throws {
    let files = try DataSetFiles(fault.files)
    let error = #expect(throws: FileError.self) { try DataDirectory(contentsOf: files.path) }
    #expect(error?.path == (fault.file.isEmpty ? files.path : "\(files.path)/\(fault.file)"))
    #expect(error?.message.contains(fault.message) == true, "\(error?.message ?? "")")
  }

  @Test func whatIsLookedForIsListed() throws {
    let files = try DataSetFiles([:])
    let error = #expect(throws: FileError.self) { try DataDirectory(contentsOf: files.path) }
    for name in ["it is empty", "train-images-idx3-ubyte", "data_batch_1.bin", "train.bin", "train/CLASS/*.jpg"] {
      #expect(error?.message.contains(name) == true)
    }
    #expect(throws: FileError("\(files.path)/gone", "no such file or directory")) {
      try DataDirectory(contentsOf: files.path + "/gone")
    }
  }
}
