import CRuntime
import CodeGen
import Formats

/// Pictures in files of their own, in a directory a class.
struct PictureFolder: PictureSource {
  var paths: [String]
  var count: Int { paths.count }
  var pictureShape: [Int]? { nil }

  func place(of index: Int) -> String { paths[index] }

  /// - Throws: RuntimeFailure, which names the file.
  func picture(at index: Int) throws -> Picture {
    var image = apus_image()
    try RuntimeFailure.check { apus_image_read(paths[index], &image, $0) }
    defer { apus_image_free(&image) }
    let byteCount = Int(image.rows * image.columns * image.channels)
    return Picture(
      rows: Int(image.rows), columns: Int(image.columns), channels: Int(image.channels),
      pixels: Array(UnsafeBufferPointer(start: image.pixels, count: byteCount)))
  }
}

extension PictureFolder {
  private static let trainingName = "train"
  private static let testNames = ["val", "test"]
  private static let suffixes = [".jpg", ".jpeg", ".png"]

  static func isSeen(in names: [String]) -> Bool { ([trainingName] + testNames).contains(where: names.contains) }

  /// Both sets; classes are the directories in `train`, or where there is none in the other, in the order of their
  /// names.
  static func dataSets(_ path: String, _ names: [String]) throws(FileError) -> (training: DataSet?, test: DataSet?) {
    let testName = testNames.first(where: names.contains)
    let first = names.contains(trainingName) ? trainingName : testName
    guard let first else { return (nil, nil) }
    let classNames = try directoryEntries("\(path)/\(first)").filter { isDirectory("\(path)/\(first)/\($0)") }
    guard !classNames.isEmpty else {
      throw FileError("\(path)/\(first)", "a directory a class is expected, with pictures in it; there is none")
    }
    return (
      names.contains(trainingName) ? try dataSet("\(path)/\(trainingName)", classNames) : nil,
      try testName.map { name throws(FileError) in try dataSet("\(path)/\(name)", classNames) }
    )
  }

  private static func dataSet(_ path: String, _ classNames: [String]) throws(FileError) -> DataSet {
    let own = try directoryEntries(path).filter { isDirectory("\(path)/\($0)") }
    if let unknown = own.first(where: { !classNames.contains($0) }) {
      throw FileError("\(path)/\(unknown)", "there is no such class among those of the training set")
    }
    var paths: [String] = []
    var labels: [Int32] = []
    for (label, name) in classNames.enumerated() where own.contains(name) {
      let pictures = try directoryEntries("\(path)/\(name)").filter { file in
        suffixes.contains { file.lowercased().hasSuffix($0) }
      }
      paths += pictures.map { "\(path)/\(name)/\($0)" }
      labels += pictures.map { _ in Int32(label) }
    }
    guard !paths.isEmpty else {
      throw FileError(path, "there are no pictures in its directories; .jpg, .jpeg and .png are read")
    }
    return DataSet(
      pictures: PictureFolder(paths: paths), labels: labels, classCount: classNames.count, classNames: classNames)
  }
}
