import CodeGen
import Testing

@Suite struct PictureTests {
  struct Sample: CustomTestStringConvertible {
    var testDescription: String
    var file: PngFile
    var channels: Int
    var pixels: [UInt8]
  }

  static let samples: [Sample] = [
    Sample(
      testDescription: "RGB", file: PngFile(rows: 1, columns: 2, color: .rgb, scanlines: [[1, 2, 3, 4, 5, 6]]),
      channels: 3, pixels: [1, 2, 3, 4, 5, 6]),
    Sample(
      testDescription: "gray", file: PngFile(rows: 2, columns: 2, color: .gray, scanlines: [[1, 2], [3, 255]]),
      channels: 1, pixels: [1, 2, 3, 255]),
    Sample(
      testDescription: "1-bit gray",
      file: PngFile(rows: 1, columns: 4, color: .gray, bitDepth: 1, scanlines: [[0b1010_0000]]), channels: 1,
      pixels: [255, 0, 255, 0]),
    Sample(
      testDescription: "16-bit RGB keeps the high bytes",
      file: PngFile(rows: 1, columns: 1, color: .rgb, bitDepth: 16, scanlines: [[1, 255, 2, 0, 3, 128]]), channels: 3,
      pixels: [1, 2, 3]),
    Sample(
      testDescription: "alpha is dropped",
      file: PngFile(rows: 1, columns: 1, color: .rgba, scanlines: [[10, 20, 30, 0]]), channels: 3,
      pixels: [10, 20, 30]),
    Sample(
      testDescription: "gray with alpha",
      file: PngFile(rows: 1, columns: 2, color: .grayAlpha, scanlines: [[10, 0, 20, 255]]), channels: 1,
      pixels: [10, 20]),
    Sample(
      testDescription: "palette",
      file: PngFile(
        rows: 1, columns: 3, color: .palette, scanlines: [[1, 0, 1]], chunks: [("PLTE", [9, 8, 7, 6, 5, 4])]),
      channels: 3, pixels: [6, 5, 4, 9, 8, 7, 6, 5, 4]),
    Sample(
      testDescription: "gamma is not applied",
      file: PngFile(
        rows: 1, columns: 1, color: .rgb, scanlines: [[100, 100, 100]], chunks: [("gAMA", [0, 0, 0x27, 0x10])]),
      channels: 3, pixels: [100, 100, 100]),
  ]

  @Test(arguments: samples)
  func decodesPng(sample: Sample) throws {
    let expected = Picture(
      rows: sample.file.rows, columns: sample.file.columns, channels: sample.channels, pixels: sample.pixels)
    #expect(try Picture(file: sample.file.bytes) == expected)
  }

  @Test(arguments: [JpegFile.rgb, JpegFile.progressive])
  func decodesColorJpeg(file: [UInt8]) throws {
    let picture = try Picture(file: file)
    #expect([picture.rows, picture.columns, picture.channels] == [10, 12, 3])
    for row in 0..<10 {
      for column in 0..<12 {
        let pixel = picture.pixels[(row * 12 + column) * 3..<(row * 12 + column) * 3 + 3]
        let distance = zip(pixel, [16 * row, 16 * column, 100]).map { abs(Int($0) - $1) }.max() ?? 0
        #expect(distance <= 6, "row \(row), column \(column): \(pixel)")
      }
    }
  }

  @Test func decodesGrayJpeg() throws {
    let picture = try Picture(file: JpegFile.gray)
    #expect([picture.rows, picture.columns, picture.channels] == [9, 7, 1])
    for (index, pixel) in picture.pixels.enumerated() {
      #expect(abs(Int(pixel) - 8 * (index / 7 + index % 7)) <= 6)
    }
  }

  private static let sound = PngFile(rows: 2, columns: 2, color: .gray, scanlines: [[1, 2], [3, 4]])
  private static let huge = PngFile(rows: 1 << 20, columns: 1 << 20, color: .rgb, scanlines: [])
  private static let wide = PngFile(rows: 1, columns: 1 << 30, color: .rgb, scanlines: [])

  struct Malformed: CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var message: String
  }

  static let malformed: [Malformed] = [
    Malformed(testDescription: "empty", bytes: [], message: "neither a PNG nor a JPEG"),
    Malformed(testDescription: "text", bytes: Array("hello".utf8), message: "neither a PNG nor a JPEG"),
    Malformed(testDescription: "cut PNG", bytes: sound.bytes.dropLast(30) + [], message: "not a sound PNG"),
    Malformed(testDescription: "only a signature", bytes: sound.bytes.prefix(8) + [], message: "it ends early"),
    Malformed(testDescription: "CRC", bytes: sound.bytes.prefix(20) + [7] + sound.bytes.dropFirst(21), message: "CRC"),
    Malformed(testDescription: "too many pixels", bytes: huge.bytes, message: "1 to 134217728 are read"),
    Malformed(testDescription: "too wide", bytes: wide.bytes, message: "not a sound PNG"),
    Malformed(
      testDescription: "no palette",
      bytes: PngFile(rows: 1, columns: 1, color: .palette, scanlines: [[0]]).bytes, message: "not a sound PNG"),
    Malformed(testDescription: "cut JPEG", bytes: JpegFile.rgb.dropLast(60) + [], message: "not a sound JPEG"),
    Malformed(testDescription: "JPEG header", bytes: JpegFile.rgb.prefix(100) + [], message: "not a sound JPEG"),
    Malformed(testDescription: "CMYK", bytes: JpegFile.cmyk, message: "is a CMYK picture; RGB or gray is expected"),
  ]

  @Test(arguments: malformed)
  func saysWhatIsWrongWithAPicture(file: Malformed) {
    let failure = #expect(throws: RuntimeFailure.self) { try Picture(file: file.bytes) }
    #expect(failure?.kind == .badFile)
    #expect(failure?.message.contains(file.message) == true, "\(failure?.message ?? "")")
  }

  /// Decoders must answer every damaged file with an error or a picture, and never crash.
  @Test func survivesDamage() throws {
    for file in [Self.sound.bytes, JpegFile.rgb, JpegFile.progressive, JpegFile.gray] {
      for position in stride(from: 4, to: file.count, by: 5) {
        var damaged = file
        damaged[position] ^= 0x5A
        let result = Result { try Picture(file: damaged) }
        if case .failure(let error) = result { #expect(error is RuntimeFailure) }
      }
    }
  }
}
