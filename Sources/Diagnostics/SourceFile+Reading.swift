import Glibc

/// Why a file could not be read, in words for whoever named it.
package struct FileAccessError: Error, Hashable, Sendable {
  package var message: String
  package init(_ message: String) { self.message = message }
}

/// Opens a regular file for reading; the caller closes the descriptor. A directory, a device or a FIFO is refused
/// without waiting on it.
package func openRegularFile(_ path: String) throws(FileAccessError) -> (descriptor: Int32, byteCount: Int) {
  guard !path.utf8.contains(0) else { throw FileAccessError("a path cannot hold a zero byte") }
  // Without O_NONBLOCK, opening a FIFO that nobody writes to would wait for ever.
  let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard descriptor >= 0 else { throw FileAccessError.ofSystem() }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else {
    close(descriptor)
    throw FileAccessError("its status cannot be read")
  }
  guard status.st_mode & S_IFMT == S_IFREG else {
    close(descriptor)
    let isDirectory = status.st_mode & S_IFMT == S_IFDIR
    throw FileAccessError(isDirectory ? "it is a directory, not a file" : "it is not a regular file")
  }
  return (descriptor, Int(status.st_size))
}

extension SourceFile {
  /// Reads a whole regular file of at most `byteLimit` bytes. A directory, a device or a FIFO is refused without
  /// waiting on it, and a larger file without reading it.
  package static func readBytes(path: String, byteLimit: Int) throws(FileAccessError) -> [UInt8] {
    let (descriptor, byteCount) = try openRegularFile(path)
    defer { close(descriptor) }
    guard byteCount <= byteLimit else { throw tooLarge(byteLimit) }
    return try read(descriptor, expecting: byteCount, byteLimit: byteLimit)
  }

  /// Reads to the end, since a file may grow between its status and its last byte.
  private static func read(
    _ descriptor: Int32, expecting byteCount: Int, byteLimit: Int
  ) throws(FileAccessError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = chunk.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileAccessError.ofSystem() }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
      guard bytes.count <= byteLimit else { throw tooLarge(byteLimit) }
    }
  }

  private static func tooLarge(_ byteLimit: Int) -> FileAccessError {
    FileAccessError("it is larger than \(byteLimit) bytes, which is the most that is read")
  }
}

/// `read` of the C library, which `SourceFile.read` hides.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}

extension FileAccessError {
  /// What the C library says of its last failure; its messages begin with a capital, ours continue a sentence.
  package static func ofSystem() -> FileAccessError {
    let message = String(cString: strerror(errno))
    return FileAccessError(message.prefix(1).lowercased() + message.dropFirst())
  }
}
