import Formats

/// Puts the text at `path` whole or not at all; `-` is standard output.
func write(_ text: String, to path: String) throws {
  if path == "-" {
    print(text, terminator: "")
    return
  }
  let bytes = Array(text.utf8)
  try AtomicFile.write(to: path) { file throws(FileError) in try file.append(bytes) }
}
