import Diagnostics
import Glibc

/// The bytes of a regular file, mapped read-only for as long as this object lives. The file must not shrink
/// meanwhile: that is the one thing that a mapping cannot defend against.
package final class MappedFile: Sendable {
  package let path: String
  package let byteCount: Int
  /// nil for an empty file, which cannot be mapped.
  nonisolated(unsafe) private let base: UnsafeRawPointer?

  package init(path: String) throws(FileError) {
    self.path = path
    do throws(FileAccessError) {
      let (descriptor, byteCount) = try openRegularFile(path)
      defer { close(descriptor) }
      self.byteCount = byteCount
      base = try Self.map(descriptor, byteCount: byteCount)
    } catch {
      throw FileError(path, error.message)
    }
  }

  private static func map(_ descriptor: Int32, byteCount: Int) throws(FileAccessError) -> UnsafeRawPointer? {
    if byteCount == 0 { return nil }
    guard let mapping = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED else {
      throw .ofSystem()
    }
    return UnsafeRawPointer(mapping)
  }

  deinit {
    if let base { munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }
  }

  /// Calls `body` with the bytes of `range`, which must lie within the file.
  package func withUnsafeBytes<Result, Failure: Error>(
    in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range outside the mapped file")
    guard let base else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    return try withExtendedLifetime(self) { () throws(Failure) -> Result in
      try body(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }
  }

  package func bytes(in range: Range<Int>) -> [UInt8] { withUnsafeBytes(in: range) { Array($0) } }
}
