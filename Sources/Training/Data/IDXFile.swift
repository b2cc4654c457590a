import CRuntime
import CodeGen
import Diagnostics
import Formats

/// A file of MNIST's form: two zero bytes, one for the type of the elements (8: unsigned bytes), one for the number of
/// dimensions, each dimension as a big-endian number of 32 bits, then the elements. It may be gzipped.
struct IDXFile {
  var path: String
  var extents: [Int]
  var elements: [UInt8]

  /// More than any data set of this form has: 1 GiB.
  private static let byteLimit = 1 << 30

  /// Reads a file of so many dimensions.
  init(path: String, rank: Int) throws(FileError) {
    self.path = path
    let file = try GzipFile(path: path)
    let magic = try file.read(4)
    let expected: [UInt8] = [0, 0, 8, UInt8(rank)]
    guard magic == expected else {
      throw FileError(path, "the first bytes should be \(expected), of an IDX file of bytes; they are \(magic)")
    }
    let header = try file.read(4 * rank)
    extents = (0..<rank).map { axis in header[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) } }
    // What an extent of 32 bits makes of the limit does not overflow.
    let count = extents.reduce(1) { min($0 * $1, Self.byteLimit + 1) }
    guard count > 0, count <= Self.byteLimit else {
      let text = extents.map(String.init).joined(separator: " x ")
      throw FileError(path, "its header promises \(text) bytes; 1 to \(Self.byteLimit) are read")
    }
    elements = try file.read(count)
    try file.expectEnd()
  }
}

/// A file that may be gzipped, read from its beginning to its end.
private struct GzipFile: ~Copyable {
  private let path: String
  private let file: OpaquePointer

  init(path: String) throws(FileError) {
    self.path = path
    var opened: OpaquePointer?
    do {
      let (descriptor, _) = try openRegularFile(path)
      try RuntimeFailure.check { apus_gzip_open(descriptor, &opened, $0) }
    } catch let error as FileAccessError {
      throw FileError(path, error.message)
    } catch {
      throw FileError(path, "\(error)")
    }
    guard let opened else { throw FileError(path, "it cannot be opened") }
    file = opened
  }

  deinit { apus_gzip_close(file) }

  func read(_ byteCount: Int) throws(FileError) -> [UInt8] {
    do {
      return try [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, initializedCount in
        try RuntimeFailure.check { apus_gzip_read(file, bytes.baseAddress, UInt64(byteCount), $0) }
        initializedCount = byteCount
      }
    } catch {
      throw FileError(path, "\(error)")
    }
  }

  func expectEnd() throws(FileError) {
    do throws(RuntimeFailure) {
      try RuntimeFailure.check { apus_gzip_expect_end(file, $0) }
    } catch {
      throw FileError(path, error.message)
    }
  }
}
