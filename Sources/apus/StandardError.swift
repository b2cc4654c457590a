import Foundation

/// Writes `text` and the end of a line.
func writeToStandardError(_ text: String) {
  FileHandle.standardError.write(Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
}
