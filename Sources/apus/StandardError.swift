import Foundation

/// Writes `text` and the end of a line.
func writeToStandardError(_ text: String) {
  writeBytesToStandardError(text.hasSuffix("\n") ? text : text + "\n")
}

/// Writes `text` as it is. Where nobody hears, there is nobody to tell.
func writeBytesToStandardError(_ text: String) {
  try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
}
