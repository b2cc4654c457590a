import Diagnostics
import Formats
import Foundation

/// The data sets of a directory, whose form is seen by the names of the files in it.
package struct DataDirectory: Sendable {
  package enum Format: String, Hashable, Sendable, CaseIterable {
    case idx = "IDX files"
    case cifar10 = "CIFAR-10"
    case cifar100 = "CIFAR-100"
    case folders = "a folder of pictures a class"

    /// What a directory of this form holds, for whoever looks for it.
    var contents: String {
      switch self {
      case .idx: "train-images-idx3-ubyte and train-labels-idx1-ubyte, t10k-… alike, gzipped or not"
      case .cifar10: "data_batch_1.bin to data_batch_5.bin and test_batch.bin"
      case .cifar100: "train.bin and test.bin"
      case .folders: "train/CLASS/*.jpg or *.png, and val or test alike"
      }
    }
  }

  package let path: String
  package let format: Format
  private let training: DataSet?
  private let test: DataSet?

  /// - Throws: FileError, which names the file at fault; where no form fits, what was looked for.
  package init(contentsOf path: String) throws(FileError) {
    // The archives of CIFAR unpack into a directory of their own.
    let folder = try directoryEntries(path).first { ["cifar-10-batches-bin", "cifar-100-binary"].contains($0) }
    self.path = folder.map { "\(path)/\($0)" } ?? path
    let (path, names) = (self.path, try directoryEntries(self.path))
    if let format = Format.allCases.first(where: { $0.isSeen(in: names) }) {
      self.format = format
      (training, test) = try format.read(path, names)
      return
    }
    let forms = Format.allCases.map { "\n  \($0.rawValue): \($0.contents)" }.joined()
    let namesShown = 5
    let found = names.isEmpty ? "it is empty" : "there is " + names.prefix(namesShown).joined(separator: ", ")
    let more = names.count > namesShown ? ", …" : ""
    throw FileError(path, "there is no data set in this directory: \(found)\(more). Looked for is one of\(forms)")
  }

  /// - Throws: FileError where the directory has none.
  package var trainingSet: DataSet { get throws(FileError) { try required(training, "training") } }
  package var testSet: DataSet { get throws(FileError) { try required(test, "test") } }

  private func required(_ set: DataSet?, _ name: String) throws(FileError) -> DataSet {
    guard let set else {
      throw FileError(path, "there is no \(name) set; of \(format.rawValue), \(format.contents) are looked for")
    }
    return set
  }
}

extension DataDirectory.Format {
  fileprivate func isSeen(in names: [String]) -> Bool {
    switch self {
    case .idx: [IDXPart.training, .test].contains { $0.imagesName(among: names) != nil }
    case .cifar10: !CIFARFile.batchNames(among: names).isEmpty || names.contains(CIFARFile.tenTestName)
    case .cifar100: names.contains(CIFARFile.hundredTrainingName) || names.contains(CIFARFile.hundredTestName)
    case .folders: PictureFolder.isSeen(in: names)
    }
  }

  fileprivate func read(
    _ path: String, _ names: [String]
  ) throws(FileError) -> (training: DataSet?, test: DataSet?) {
    switch self {
    case .idx: try IDXPart.dataSets(path, names)
    case .cifar10: try CIFARFile.tenClasses(path, names)
    case .cifar100: try CIFARFile.hundredClasses(path, names)
    case .folders: try PictureFolder.dataSets(path, names)
    }
  }
}
