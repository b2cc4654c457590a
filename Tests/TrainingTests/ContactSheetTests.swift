import CRuntime
import Foundation
import GraphIR
import Testing
import Training

@Suite struct ContactSheetTests {
  /// Three pictures of 1 x 2 pixels, which are numbered as their bytes were.
  @Test(arguments: [
    (1, Preprocessing.Channels.gray, [[1, 2], [3, 4], [5, 6]] as [[UInt8]]),
    (3, .rgb, [[1, 3, 5, 2, 4, 6], [7, 9, 11, 8, 10, 12], [13, 15, 17, 14, 16, 18]]),
    (3, .bgr, [[5, 3, 1, 6, 4, 2], [11, 9, 7, 12, 10, 8], [17, 15, 13, 18, 16, 14]]),
  ])
  func picturesLookAsTheyDidBeforePreprocessing(
    _ channels: Int, _ order: Preprocessing.Channels, _ expected: [[UInt8]]
  ) throws {
    let (mean, deviation) = ([0.5, 0.25, 0.125], [0.5, 2, 4])
    let preprocessing = Preprocessing(
      name: "P", scale: 1.0 / 255, mean: Array(mean[..<channels]), standardDeviation: Array(deviation[..<channels]),
      channels: order)
    let images = (0..<3 * channels * 2).map { index in
      let channel = index / 2 % channels
      return Float((Double(index + 1) / 255 - mean[channel]) / deviation[channel])
    }
    let sheet = ContactSheet(
      Batch(images: images, labels: [7, 8, 9]), shape: [channels, 1, 2], preprocessing: preprocessing)
    #expect(sheet.labels == [[7, 8], [9]])
    let picture = try decode(sheet)
    #expect(picture.rows == 2 * 3 + 2 && picture.columns == 2 * 4 + 2 && picture.channels == channels)
    for (index, pixels) in expected.enumerated() {
      let start = ((2 + index / 2 * 3) * picture.columns + 2 + index % 2 * 4) * channels
      #expect(Array(picture.pixels[start..<start + 2 * channels]) == pixels)
    }
    #expect(picture.pixels[0] == 255)
  }

  /// The sheet of a large batch has more than a block of the file's compression, and shows the first pictures.
  @Test func aSheetShowsNoMoreThanItsLimit() throws {
    let count = 100
    let images = [Float](repeating: 0.5, count: count * 40 * 40)
    let sheet = ContactSheet(
      Batch(images: images, labels: [Int32](repeating: 0, count: count)), shape: [1, 40, 40], preprocessing: nil)
    #expect(sheet.columns == 8 && sheet.rows == 8)
    let picture = try decode(sheet)
    #expect(picture.rows == 8 * 42 + 2 && picture.pixels.count { $0 == 128 } == 64 * 1600)
  }

  private struct Picture {
    var rows: Int
    var columns: Int
    var channels: Int
    var pixels: [UInt8]
  }

  /// Reads back what was written with the decoder that everything else uses.
  private func decode(_ sheet: ContactSheet) throws -> Picture {
    let path = FileManager.default.temporaryDirectory.appending(path: "apus-sheet-\(UUID().uuidString).png").path
    defer { unlink(path) }
    try sheet.write(to: path)
    var image = apus_image()
    var error = apus_error()
    try #require(apus_image_read(path, &image, &error) == 0)
    defer { apus_image_free(&image) }
    let (rows, columns, channels) = (Int(image.rows), Int(image.columns), Int(image.channels))
    let pixels = UnsafeBufferPointer(start: image.pixels, count: rows * columns * channels)
    return Picture(rows: rows, columns: columns, channels: channels, pixels: Array(pixels))
  }
}
