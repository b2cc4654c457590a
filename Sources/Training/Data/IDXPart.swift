import Formats

/// Gray pictures of one size, in memory.
private struct GrayPictures: PictureSource {
  var file: IDXFile

  var count: Int { file.extents[0] }
  var pictureShape: [Int]? { [file.extents[1], file.extents[2], 1] }

  func place(of index: Int) -> String { "picture \(index) of \(file.path)" }

  func picture(at index: Int) -> Picture {
    let size = file.extents[1] * file.extents[2]
    return Picture(
      rows: file.extents[1], columns: file.extents[2], channels: 1,
      pixels: Array(file.elements[index * size..<(index + 1) * size]))
  }
}

/// The two files of a training or test set of MNIST's form.
struct IDXPart {
  var prefix: String

  static let training = IDXPart(prefix: "train")
  static let test = IDXPart(prefix: "t10k")

  func imagesName(among names: [String]) -> String? { name("images", rank: 3, among: names) }
  func labelsName(among names: [String]) -> String? { name("labels", rank: 1, among: names) }

  /// Some copies of the files have a dot for the second hyphen.
  private func name(_ content: String, rank: Int, among names: [String]) -> String? {
    let stems = ["-", "."].map { "\(prefix)-\(content)\($0)idx\(rank)-ubyte" }
    return names.first { name in stems.contains { name == $0 || name == $0 + ".gz" } }
  }

  /// nil: there is none.
  private func read(_ path: String, _ names: [String]) throws(FileError) -> (GrayPictures, labels: IDXFile)? {
    guard let images = imagesName(among: names) else { return nil }
    guard let labels = labelsName(among: names) else {
      throw FileError(path, "there is \(images), but no \(prefix)-labels-idx1-ubyte beside it")
    }
    let pictures = GrayPictures(file: try IDXFile(path: "\(path)/\(images)", rank: 3))
    let classes = try IDXFile(path: "\(path)/\(labels)", rank: 1)
    guard pictures.count == classes.extents[0] else {
      throw FileError(
        "\(path)/\(labels)", "it has \(classes.extents[0]) labels, and \(images) \(pictures.count) images")
    }
    return (pictures, classes)
  }

  /// Both sets. The classes are those up to the highest label of either.
  static func dataSets(_ path: String, _ names: [String]) throws(FileError) -> (training: DataSet?, test: DataSet?) {
    let parts = (try training.read(path, names), try test.read(path, names))
    let classCount = [parts.0, parts.1].compactMap { $0?.labels.elements.max() }.max().map { Int($0) + 1 } ?? 0
    func dataSet(_ part: (GrayPictures, labels: IDXFile)?) -> DataSet? {
      part.map { DataSet(pictures: $0.0, labels: $0.labels.elements.map(Int32.init), classCount: classCount) }
    }
    return (dataSet(parts.0), dataSet(parts.1))
  }
}
