/// Writes PNG pictures, without compression: 8 bits a channel, gray or RGB.
package enum PNGWriter {
  /// - Parameters:
  ///   - pixels: [rows, columns, channels], row-major.
  ///   - channels: 1 for gray, 3 for red, green and blue.
  package static func write(
    _ pixels: [UInt8], rows: Int, columns: Int, channels: Int, to path: String
  ) throws(FileError) {
    precondition(channels == 1 || channels == 3, "PNG has gray and RGB")
    precondition(pixels.count == rows * columns * channels, "there is not one value for each pixel and channel")
    let kind: UInt8 = channels == 1 ? 0 : 2
    let header = bigEndian(UInt32(columns)) + bigEndian(UInt32(rows)) + [8, kind, 0, 0, 0]
    // Each row begins with the number of its filter; 0 is none.
    let stride = columns * channels
    let lines = (0..<rows).flatMap { row -> [UInt8] in [0] + pixels[row * stride..<(row + 1) * stride] }
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    let file = signature + chunk("IHDR", header) + chunk("IDAT", stored(lines)) + chunk("IEND", [])
    try AtomicFile.write(to: path) { output throws(FileError) in try output.append(file) }
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + data
    return bigEndian(UInt32(data.count)) + body + bigEndian(checksum(body))
  }

  /// A zlib stream of stored blocks (RFC 1950, RFC 1951).
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    let blockSize = 0xFFFF
    var stream: [UInt8] = [0x78, 0x01]
    stream.reserveCapacity(bytes.count + bytes.count / blockSize * 5 + 16)
    for start in stride(from: 0, to: bytes.count, by: blockSize) {
      let block = bytes[start..<min(start + blockSize, bytes.count)]
      let count = UInt16(block.count)
      stream.append(block.endIndex == bytes.count ? 1 : 0)
      stream += [count, ~count].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
      stream += block
    }
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return stream + bigEndian(b << 16 | a)
  }

  /// CRC-32 as PNG defines it.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    let table = (0..<256 as Range<UInt32>).map { index in
      (0..<8).reduce(index) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
    return ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }
}
