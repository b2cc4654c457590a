import Foundation
import Testing

/// The C program of examples/embed, built as its README says.
@Suite struct EmbeddingTests {
  private static let example = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../examples/embed").standardizedFileURL

  @Test func theExampleBuildsAndRuns() throws {
    let build = FileManager.default.temporaryDirectory.appending(path: "apus-embed-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: build) }
    let apus = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "apus")
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "make", "--silent", "-C", Self.example.path, "run", "APUS=\(apus.path)", "BUILD=\(build.path)",
    ]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(text.hasSuffix("trousers: Trouser\nbag: Bag\n"), "\(text)")
    let readme = try String(contentsOf: Self.example.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.contains("    trousers: Trouser\n    bag: Bag\n"))
  }
}
