import Diagnostics
import Glibc

/// A file in the making. It has a temporary name beside its final one, so that nobody ever sees half of it.
package struct AtomicFile: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Int32

  /// Makes the file at `path` of what `body` appends: written under a temporary name, synced, renamed. Where anything
  /// fails, what stood at `path` stays as it was. A symbolic link is followed, and a file keeps its permissions.
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

  /// Throws where something stands at `path` that a file must not take the place of: a directory, or a device, which
  /// a privileged process would remove.
  package static func checkDestination(_ path: String) throws(FileError) {
    _ = try permissions(at: path)
  }

  /// Those of the file at `path`; nil: there is none.
  private static func permissions(at path: String) throws(FileError) -> mode_t? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      throw FileError(path, "cannot be written: it is \(isDirectory ? "a directory" : "not a regular file")")
    }
    return status.st_mode & 0o777
  }

  private init(_ path: String) throws(FileError) {
    let permissions = try Self.permissions(at: path)
    let destination = permissions == nil ? path : Self.resolvingLinks(path)
    let temporary = "\(destination).\(getpid()).part"
    let opened = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions ?? 0o666)
    guard opened >= 0 else { throw FileError(path, "cannot be written: \(FileAccessError.ofSystem().message)") }
    // The mode that `open` takes is cut by the process's mask.
    if let permissions { fchmod(opened, permissions) }
    self.path = destination
    temporaryPath = temporary
    descriptor = opened
  }

  private static func resolvingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
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
    synchronizeDirectory()
  }

  /// Sees to it that the new name outlives a power cut. Some file systems cannot, and the file is there nevertheless.
  private func synchronizeDirectory() {
    let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "."
    let opened = open(String(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { return }
    fsync(opened)
    close(opened)
  }
}
