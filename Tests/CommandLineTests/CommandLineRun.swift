import Foundation

/// One run of the `apus` that was built beside these tests.
struct CommandLineRun {
  var exitCode: Int32
  var output: String
  var errors: String

  init(_ arguments: String...) throws { try self.init(arguments: arguments) }

  init(arguments: [String]) throws {
    let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    let process = Process()
    process.executableURL = tests.deletingLastPathComponent().appending(path: "apus")
    process.arguments = arguments
    // Help is wrapped to the terminal's width.
    process.environment = ProcessInfo.processInfo.environment.merging(["COLUMNS": "100"]) { _, ours in ours }
    let (output, errors) = (try TemporaryFile(), try TemporaryFile())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output.url)
    process.standardError = try FileHandle(forWritingTo: errors.url)
    try process.run()
    process.waitUntilExit()
    exitCode = process.terminationStatus
    self.output = try output.text()
    self.errors = try errors.text()
  }
}

/// A file that goes with this object.
final class TemporaryFile {
  let url: URL
  var path: String { url.path }

  init(_ text: String = "", extension pathExtension: String = "txt") throws {
    url = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString).\(pathExtension)")
    try Data(text.utf8).write(to: url)
  }

  func text() throws -> String { try String(contentsOf: url, encoding: .utf8) }

  deinit { try? FileManager.default.removeItem(at: url) }
}
