/// PNG files made by hand, their pixels not compressed.
struct PngFile {
  enum Color: UInt8 {
    case gray = 0
    case rgb = 2
    case palette = 3
    case grayAlpha = 4
    case rgba = 6
  }

  var rows: Int
  var columns: Int
  var color: Color
  var bitDepth: UInt8 = 8
  /// The samples of each row as they stand in the file.
  var scanlines: [[UInt8]]
  /// Chunks between the header and the pixels: a name and its content.
  var chunks: [(String, [UInt8])] = []

  var bytes: [UInt8] {
    let header = bigEndian(columns) + bigEndian(rows) + [bitDepth, color.rawValue, 0, 0, 0]
    let pixels = scanlines.flatMap { row -> [UInt8] in [0] + row }
    return [0x89] + Array("PNG\r\n\u{1A}\n".utf8) + chunk("IHDR", header)
      + chunks.flatMap { chunk($0.0, $0.1) } + chunk("IDAT", stored(pixels)) + chunk("IEND", [])
  }

  private func bigEndian(_ number: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
  }

  private func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    return bigEndian(content.count) + body + bigEndian(Int(crc32(body)))
  }

  /// A zlib stream of one stored block.
  private func stored(_ content: [UInt8]) -> [UInt8] {
    let count = content.count
    let block: [UInt8] = [1, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8 & 255)]
    return [0x78, 0x01] + block + content + bigEndian(Int(adler32(content)))
  }

  private func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { state, byte in
      (0..<8).reduce(state ^ UInt32(byte)) { state, _ in state & 1 == 1 ? state >> 1 ^ 0xEDB8_8320 : state >> 1 }
    }
  }

  private func adler32(_ bytes: [UInt8]) -> UInt32 {
    let (low, high) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let low = (sums.0 + UInt32(byte)) % 65521
      return (low, (sums.1 + low) % 65521)
    }
    return high << 16 | low
  }
}
