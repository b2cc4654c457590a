import Foundation

/// A directory of files that make up a data set, removed with this object.
final class DataSetFiles {
  let url = FileManager.default.temporaryDirectory.appending(path: "apus-data-\(UUID().uuidString)")

  init(_ files: [String: [UInt8]]) throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for (name, bytes) in files {
      let file = url.appending(path: name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: String { url.path }
}

extension [UInt8] {
  /// An IDX file of bytes.
  static func idx(_ extents: [UInt32], _ elements: [UInt8]) -> [UInt8] {
    let header = extents.flatMap { extent in (0..<4).map { UInt8(truncatingIfNeeded: extent >> (24 - 8 * $0)) } }
    return [0, 0, 8, UInt8(extents.count)] + header + elements
  }

  /// A picture of CIFAR whose red, green and blue are these numbers in the first row and 0 elsewhere.
  static func cifar(_ labels: [UInt8], _ colours: [UInt8]) -> [UInt8] {
    labels
      + colours.flatMap { colour in
        [UInt8](repeating: colour, count: 32) + [UInt8](repeating: 0, count: 31 * 32)
      }
  }

  init(base64 text: String) { self = [UInt8](Data(base64Encoded: text) ?? Data()) }

  /// Three images of 2 x 2, whose pixels are 1 to 12, gzipped.
  static let gzippedImages = [UInt8](base64: "H4sIAAAAAAAC/2Ng4GBmYGAAYSYQZmRiZmFlY+fg5OLmAQBTS0DGHAAAAA==")

  /// 2 x 3 pixels of gray: 0, 50, … 250.
  static let grayPNG = [UInt8](
    base64: "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAEElEQVR42mNgMEphmHbiFwAHdALvvMOfVAAAAABJRU5ErkJggg==")

  /// 2 x 3 pixels of colours: 0, 1, … 17.
  static let rgbPNG = [UInt8](
    base64: "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAHElEQVR42mNgYGRiZmFlY+dg4OTi5uHl4xcQBAAEAQCa/KjT8wAAAABJ"
      + "RU5ErkJggg==")
}
