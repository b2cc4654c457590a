import Diagnostics
import Formats
import Glibc

/// The log of a training: a JSON object a line.
package struct TrainingLog: ~Copyable {
  private let path: String
  private let descriptor: Int32
  package private(set) var byteCount: Int

  /// Opens the log, and takes away what stands behind its first `byteCount` bytes: lines that were written after the
  /// checkpoint that a training goes on from, and half a line of a process that was killed.
  package init(_ path: String, keeping byteCount: Int) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
    let end = lseek(descriptor, 0, SEEK_END)
    let kept = min(max(byteCount, 0), Int(end))
    guard end >= 0, ftruncate(descriptor, off_t(kept)) == 0, lseek(descriptor, off_t(kept), SEEK_SET) == kept else {
      close(descriptor)
      throw Self.failure(path)
    }
    self.path = path
    self.descriptor = descriptor
    self.byteCount = kept
  }

  deinit { close(descriptor) }

  package mutating func append(_ line: JSONValue) throws(FileError) {
    let bytes = Array((line.text + "\n").utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(path) }
      written += count
    }
    byteCount += bytes.count
  }

  /// Returns once the lines are on the disk.
  package func synchronize() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw Self.failure(path) }
  }

  private static func failure(_ path: String) -> FileError {
    FileError(path, "cannot be written: \(FileAccessError.ofSystem().message)")
  }
}
