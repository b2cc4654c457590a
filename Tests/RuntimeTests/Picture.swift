import CRuntime
import CodeGen

/// A decoded picture, for comparison.
struct Picture: Equatable {
  var rows: Int
  var columns: Int
  var channels: Int
  var pixels: [UInt8]

  init(rows: Int, columns: Int, channels: Int, pixels: [UInt8]) {
    self.rows = rows
    self.columns = columns
    self.channels = channels
    self.pixels = pixels
  }

  init(path: String) throws {
    var image = apus_image()
    try RuntimeFailure.check { apus_image_read(path, &image, $0) }
    defer { apus_image_free(&image) }
    let count = Int(image.rows * image.columns * image.channels)
    self.init(
      rows: Int(image.rows), columns: Int(image.columns), channels: Int(image.channels),
      pixels: Array(UnsafeBufferPointer(start: image.pixels, count: count)))
  }

  init(file bytes: [UInt8]) throws {
    let directory = try TemporaryDirectory()
    try self.init(path: directory.write(bytes, to: "picture"))
  }

  /// f32[channels, rows, columns] as the preprocessing makes it.
  func preprocessed(
    _ preprocessing: apus_preprocessing, augmentedBy augmentation: apus_augmentation = .init(), channels: Int,
    rows: Int, columns: Int
  ) throws -> [Float] {
    var (preprocessing, augmentation, pixels) = (preprocessing, augmentation, pixels)
    var tensor = [Float](repeating: .nan, count: channels * rows * columns)
    try pixels.withUnsafeMutableBufferPointer { pixels in
      var image = apus_image(
        rows: Int64(self.rows), columns: Int64(self.columns), channels: Int64(self.channels),
        pixels: pixels.baseAddress)
      try RuntimeFailure.check {
        apus_preprocess_augmented(
          &preprocessing, &augmentation, &image, Int64(channels), Int64(rows), Int64(columns), &tensor, $0)
      }
    }
    return tensor
  }
}
