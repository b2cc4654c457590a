import Diagnostics
import Glibc

/// A file in the making. It has a temporary name beside its final one, so that nobody ever sees half of it.
package struct AtomicFile: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Int32

  /// Makes the file at `path` of what `body` appends: written under a temporary name, synced, renamed. Where anything
  /// fails, what stood at `path` stays as it was.
  package static func write(
    to path: String, _ body: (borrowing AtomicFile) throws(FileError) -> Void
  ) throws(FileError) {
    let file = try AtomicFile(path)
    do throws(FileError) {
      try body(file)
      try file.commit()
    } catch {
      unlink(file.temporaryPath)
      throw error
    }
  }

  private init(_ path: String) throws(FileError) {
    self.path = path
    temporaryPath = "\(path).\(getpid()).part"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path, "cannot be written: \(FileAccessError.ofSystem().message)") }
  }

  deinit { close(descriptor) }

  package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FileError(path, "cannot be written: \(FileAccessError.ofSystem().message)") }
      rest = rest.dropFirst(count)
    }
  }

  package func append(_ bytes: [UInt8]) throws(FileError) {
    try bytes.withUnsafeBufferPointer { buffer throws(FileError) in try append(UnsafeRawBufferPointer(buffer)) }
  }

  private func commit() throws(FileError) {
    guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else {
      throw FileError(path, "cannot be written: \(FileAccessError.ofSystem().message)")
    }
  }
}
