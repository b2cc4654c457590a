import Formats

/// A file of CIFAR's binary form: for each picture its labels, a byte each, then 32 x 32 red, green and blue pixels.
struct CIFARFile {
  private static let side = 32
  private static let pixelCount = side * side

  var file: MappedFile
  /// Bytes before the pixels; the last is the class.
  var labelByteCount: Int
  var labels: [Int32]

  init(path: String, labelByteCount: Int, classCount: Int) throws(FileError) {
    file = try MappedFile(path: path)
    self.labelByteCount = labelByteCount
    let recordByteCount = labelByteCount + 3 * Self.pixelCount
    guard file.byteCount > 0, file.byteCount.isMultiple(of: recordByteCount) else {
      throw FileError(path, "it has \(file.byteCount) bytes, which are not pictures of \(recordByteCount) bytes each")
    }
    labels = file.withUnsafeBytes(in: 0..<file.byteCount) { bytes in
      stride(from: labelByteCount - 1, to: bytes.count, by: recordByteCount).map { Int32(bytes[$0]) }
    }
    if let wrong = labels.firstIndex(where: { $0 >= classCount }) {
      throw FileError(path, "picture \(wrong) is of class \(labels[wrong]); classes are 0 to \(classCount - 1)")
    }
  }

  func picture(at index: Int) -> Picture {
    let byteCount = 3 * Self.pixelCount
    let start = index * (labelByteCount + byteCount) + labelByteCount
    let pixels = file.withUnsafeBytes(in: start..<start + byteCount) { planes in
      [UInt8](unsafeUninitializedCapacity: byteCount) { pixels, initializedCount in
        for channel in 0..<3 {
          for pixel in 0..<Self.pixelCount { pixels[3 * pixel + channel] = planes[channel * Self.pixelCount + pixel] }
        }
        initializedCount = byteCount
      }
    }
    return Picture(rows: Self.side, columns: Self.side, channels: 3, pixels: pixels)
  }
}

/// The pictures of several files, one after the other.
private struct CIFARPictures: PictureSource {
  var files: [CIFARFile]
  /// The number of pictures before each file's.
  var starts: [Int]
  var count: Int
  var pictureShape: [Int]? { [32, 32, 3] }

  init(_ files: [CIFARFile]) {
    self.files = files
    starts = files.indices.map { index in files[..<index].reduce(0) { $0 + $1.labels.count } }
    count = files.reduce(0) { $0 + $1.labels.count }
  }

  func picture(at index: Int) -> Picture {
    let (file, position) = locate(index)
    return file.picture(at: position)
  }

  func place(of index: Int) -> String {
    let (file, position) = locate(index)
    return "picture \(position) of \(file.file.path)"
  }

  private func locate(_ index: Int) -> (file: CIFARFile, position: Int) {
    let file = (starts.firstIndex { $0 > index } ?? files.count) - 1
    return (files[file], index - starts[file])
  }
}

extension CIFARFile {
  static let tenTestName = "test_batch.bin"
  static let hundredTrainingName = "train.bin"
  static let hundredTestName = "test.bin"

  static func batchNames(among names: [String]) -> [String] {
    names.filter { $0.hasPrefix("data_batch_") && $0.hasSuffix(".bin") }
  }

  static func tenClasses(_ path: String, _ names: [String]) throws(FileError) -> (training: DataSet?, test: DataSet?) {
    let form = Form(labelByteCount: 1, classCount: 10, namesFile: "batches.meta.txt")
    return (
      try form.dataSet(path, batchNames(among: names), beside: names),
      try form.dataSet(path, names.filter { $0 == tenTestName }, beside: names)
    )
  }

  /// The fine classes; the coarse ones, which stand before them, are left out.
  static func hundredClasses(
    _ path: String, _ names: [String]
  ) throws(FileError) -> (training: DataSet?, test: DataSet?) {
    let form = Form(labelByteCount: 2, classCount: 100, namesFile: "fine_label_names.txt")
    return (
      try form.dataSet(path, names.filter { $0 == hundredTrainingName }, beside: names),
      try form.dataSet(path, names.filter { $0 == hundredTestName }, beside: names)
    )
  }

  private struct Form {
    var labelByteCount: Int
    var classCount: Int
    /// Where the classes are named, a line each.
    var namesFile: String

    func dataSet(_ path: String, _ files: [String], beside names: [String]) throws(FileError) -> DataSet? {
      guard !files.isEmpty else { return nil }
      let read = try files.map { name throws(FileError) in
        try CIFARFile(path: "\(path)/\(name)", labelByteCount: labelByteCount, classCount: classCount)
      }
      return DataSet(
        pictures: CIFARPictures(read), labels: read.flatMap(\.labels), classCount: classCount,
        classNames: names.contains(namesFile) ? try classNames("\(path)/\(namesFile)") : nil)
    }

    private func classNames(_ path: String) throws(FileError) -> [String] {
      let lines = try textLines(path)
      guard lines.count == classCount else {
        throw FileError(path, "it names \(lines.count) classes; there are \(classCount)")
      }
      return lines
    }
  }
}
