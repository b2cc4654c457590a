import Formats

/// Pictures with their classes.
package struct DataSet: Sendable {
  package var pictures: any PictureSource
  /// The class of each picture, from 0 to below `classCount`.
  package var labels: [Int32]
  package var classCount: Int
  /// nil: the files do not say.
  package var classNames: [String]?

  /// - Precondition: There are as many labels as pictures, each of a class.
  package init(pictures: any PictureSource, labels: [Int32], classCount: Int, classNames: [String]? = nil) {
    precondition(pictures.count == labels.count, "each picture has a label")
    precondition(labels.allSatisfy { 0 <= $0 && $0 < classCount }, "labels are classes")
    self.pictures = pictures
    self.labels = labels
    self.classCount = classCount
    self.classNames = classNames
  }

  package var count: Int { labels.count }
}

/// Where a data set has its pictures: in memory, in a mapped file, or each in a file of its own.
package protocol PictureSource: Sendable {
  var count: Int { get }
  /// Rows, columns and channels of the pictures; nil: they differ.
  var pictureShape: [Int]? { get }
  /// May be called from several threads at once. An index is from 0 to below `count`.
  func picture(at index: Int) throws -> Picture
  /// Where a picture is from, for messages: a file, and which of its pictures.
  func place(of index: Int) -> String
}

/// 8-bit pixels, row-major, channels innermost: 1 (gray) or 3 (red, green, blue).
package struct Picture: Hashable, Sendable {
  package var rows: Int
  package var columns: Int
  package var channels: Int
  package var pixels: [UInt8]

  package init(rows: Int, columns: Int, channels: Int, pixels: [UInt8]) {
    precondition(pixels.count == rows * columns * channels, "each pixel has its channels")
    self.rows = rows
    self.columns = columns
    self.channels = channels
    self.pixels = pixels
  }
}
