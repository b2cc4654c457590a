import Diagnostics
import Formats
import Foundation

/// The names in a directory, sorted by their bytes, but for those that begin with a dot.
func directoryEntries(_ path: String) throws(FileError) -> [String] {
  guard FileManager.default.fileExists(atPath: path) else { throw FileError(path, "no such file or directory") }
  guard isDirectory(path) else { throw FileError(path, "a directory is expected, this is a file") }
  do {
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    return names.filter { !$0.hasPrefix(".") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  } catch {
    throw FileError(path, "the directory cannot be read")
  }
}

/// Whether a directory, or a link to one, stands there.
func isDirectory(_ path: String) -> Bool {
  var isDirectory: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
}

/// The lines of a small text file that are not empty.
func textLines(_ path: String) throws(FileError) -> [String] {
  let byteLimit = 1 << 20
  do throws(FileAccessError) {
    let bytes = try SourceFile.readBytes(path: path, byteLimit: byteLimit)
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
  } catch {
    throw FileError(path, error.message)
  }
}
