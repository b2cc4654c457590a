import Formats
import GraphIR

/// Pictures of a batch beside each other, as a model is fed them: to see whether reading and augmentation do what they
/// should.
package struct ContactSheet: Sendable {
  package let columns: Int
  package let rows: Int
  private let batch: Batch
  /// Channels, rows and columns of a picture.
  private let shape: [Int]
  private let preprocessing: Preprocessing?

  /// Shows the first pictures of a batch, at most `limit`.
  /// - Parameter preprocessing: How pixels became numbers; nil: they are numbers from 0 to 1.
  package init(_ batch: Batch, shape: [Int], preprocessing: Preprocessing?, limit: Int = 64) {
    let count = min(batch.labels.count, limit)
    precondition(count > 0 && batch.images.count == batch.labels.count * shape.reduce(1, *), "not a batch of pictures")
    columns = (1...count).first { $0 * $0 >= count } ?? count
    rows = (count + columns - 1) / columns
    self.batch = batch
    self.shape = shape
    self.preprocessing = preprocessing
    self.count = count
  }

  private let count: Int

  /// The labels of the pictures, row by row.
  package var labels: [[Int32]] {
    stride(from: 0, to: count, by: columns).map { Array(batch.labels[$0..<min($0 + columns, count)]) }
  }

  /// Writes the sheet as PNG, with a white pixel or two between the pictures.
  package func write(to path: String) throws(FileError) {
    let gap = 2
    let (height, width) = (shape[1] + gap, shape[2] + gap)
    let channels = shape[0] == 3 ? 3 : 1
    let (sheetRows, sheetColumns) = (rows * height + gap, columns * width + gap)
    var pixels = [UInt8](repeating: 255, count: sheetRows * sheetColumns * channels)
    for image in 0..<count {
      let (top, left) = (image / columns * height + gap, image % columns * width + gap)
      for row in 0..<shape[1] {
        for column in 0..<shape[2] {
          let place = ((top + row) * sheetColumns + left + column) * channels
          for channel in 0..<channels {
            pixels[place + channel] = pixel(image, channel: channel, row: row, column: column)
          }
        }
      }
    }
    try PNGWriter.write(pixels, rows: sheetRows, columns: sheetColumns, channels: channels, to: path)
  }

  /// What was the pixel before preprocessing, by the sheet's channel.
  private func pixel(_ image: Int, channel: Int, row: Int, column: Int) -> UInt8 {
    let source = preprocessing?.channels == .bgr && shape[0] == 3 ? 2 - channel : channel
    let value = Double(batch.images[((image * shape[0] + source) * shape[1] + row) * shape[2] + column])
    guard let preprocessing else { return Self.byte(255 * value) }
    func factor(_ values: [Double], _ fallback: Double) -> Double {
      values.isEmpty ? fallback : values[min(source, values.count - 1)]
    }
    let raw = value * factor(preprocessing.standardDeviation, 1) + factor(preprocessing.mean, 0)
    return Self.byte(raw / preprocessing.scale)
  }

  private static func byte(_ value: Double) -> UInt8 {
    value.isFinite ? UInt8(min(max(value.rounded(), 0), 255)) : 0
  }
}
