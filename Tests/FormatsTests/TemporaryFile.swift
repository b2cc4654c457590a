import Foundation

/// A file with the given bytes for the length of one call.
func withTemporaryFile<Result>(_ bytes: [UInt8] = [], _ body: (String) throws -> Result) throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appendingPathComponent("apus-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: directory) }
  let file = directory.appendingPathComponent("file")
  try Data(bytes).write(to: file)
  return try body(file.path)
}
