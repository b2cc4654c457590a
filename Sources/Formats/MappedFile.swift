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
    // Without O_NONBLOCK, opening a FIFO that nobody writes to would wait for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path, "cannot be opened: \(systemMessage(errno))") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError(path, "cannot be examined: \(systemMessage(errno))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "a pipe or device"
      throw FileError(path, "expected a regular file, found \(kind)")
    }
    byteCount = Int(status.st_size)
    if byteCount == 0 {
      base = nil
      return
    }
    guard let mapping = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED else {
      throw FileError(path, "cannot be mapped into memory: \(systemMessage(errno))")
    }
    base = UnsafeRawPointer(mapping)
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

/// The C library's words for an error number.
func systemMessage(_ number: Int32) -> String { String(cString: strerror(number)) }
