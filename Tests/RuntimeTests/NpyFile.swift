import Foundation

/// Files as NumPy writes them, for tests.
enum NpyFile {
  static func bytes(header: String, data: [UInt8], major: UInt8 = 1) -> [UInt8] {
    let length = header.utf8.count
    let size: [UInt8] =
      major == 1
      ? [UInt8(length & 255), UInt8(length >> 8 & 255)]
      : (0..<4).map { UInt8(length >> (8 * $0) & 255) }
    return [0x93] + Array("NUMPY".utf8) + [major, 0] + size + Array(header.utf8) + data
  }

  static func bytes(shape: [Int], _ elements: [Float]) -> [UInt8] {
    let extents = shape.map { "\($0)," }.joined(separator: " ")
    return bytes(
      header: "{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }\n", data: littleEndian(elements))
  }

  static func littleEndian<Number>(_ numbers: [Number]) -> [UInt8] { numbers.withUnsafeBytes(Array.init) }

  /// The elements of a file that the runtime wrote, and its header's text.
  static func read(_ path: String) throws -> (header: String, elements: [Float]) {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    let length = Int(bytes[8]) | Int(bytes[9]) << 8
    let header = String(decoding: bytes[10..<10 + length], as: UTF8.self)
    let data = Array(bytes[(10 + length)...])
    let elements = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    return (header, elements)
  }
}
