import Diagnostics
import Formats
import Foundation

/// Puts the text at `path` whole or not at all; `-` is standard output.
func write(_ text: String, to path: String) throws {
  if path == "-" {
    print(text, terminator: "")
    return
  }
  let bytes = Array(text.utf8)
  try AtomicFile.write(to: path) { file throws(FileError) in try file.append(bytes) }
}

/// Finds out before long work that nothing could be put at `path` after it.
func checkOutput(_ path: String) throws(FileError) {
  try AtomicFile.checkDestination(path)
  let directory = URL(filePath: path).deletingLastPathComponent().path
  guard access(directory, W_OK | X_OK) == 0 else {
    throw FileError(path, "cannot be written: \(FileAccessError.ofSystem().message)")
  }
}
