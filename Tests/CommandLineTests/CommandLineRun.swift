import Foundation

/// One run of a program, by default of the `apus` that was built beside these tests.
struct CommandLineRun {
  var exitCode: Int32
  var output: String
  var errors: String

  /// The `apus` under test.
  static let apus = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "apus").path

  init(program: String = Self.apus, _ arguments: String...) throws {
    try self.init(program: program, arguments: arguments)
  }

  /// - Parameters:
  ///   - directory: Where it runs; by default where the tests do.
  ///   - environment: Takes the place of the tests' own.
  ///   - output: A file that exists and takes standard output.
  init(
    program: String = Self.apus, arguments: [String], in directory: URL? = nil, environment: [String: String]? = nil,
    outputPath: String? = nil
  ) throws {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = directory }
    // Help is wrapped to the terminal's width.
    process.environment = (environment ?? ProcessInfo.processInfo.environment).merging(["COLUMNS": "100"]) { $1 }
    let (output, errors) = (try TemporaryFile(), try TemporaryFile())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: outputPath.map { URL(filePath: $0) } ?? output.url)
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
