import Foundation
import Testing

/// docs/commands.md holds the help of every command, word for word.
@Suite struct CommandDocumentTests {
  private static let document = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../docs/commands.md")

  @Test func theDocumentShowsTheHelpOfEveryCommand() throws {
    let expected = try text()
    if ProcessInfo.processInfo.environment["APUS_BLESS"] == "1" {
      try Data(expected.utf8).write(to: Self.document)
    }
    let isCurrent = try String(contentsOf: Self.document, encoding: .utf8) == expected
    #expect(isCurrent, "APUS_BLESS=1 swift test --filter CommandDocumentTests writes docs/commands.md anew")
  }

  private func text() throws -> String {
    var text = """
      # Commands

      What `apus` and each of its commands say with `--help`. `swift run apus` builds and runs it; a release build has it
      as `.build/release/apus`.

      """
    text += try section("apus", arguments: [])
    for command in try commands() { text += try section("apus \(command)", arguments: [command]) }
    return text
  }

  private func section(_ title: String, arguments: [String]) throws -> String {
    let run = try CommandLineRun(arguments: arguments + ["--help"])
    #expect(run.exitCode == 0)
    return "\n## \(title)\n\n```\n\(run.output.trimmingCharacters(in: .newlines))\n```\n"
  }

  /// The names under SUBCOMMANDS, which are indented by two spaces.
  private func commands() throws -> [String] {
    let lines = try CommandLineRun("--help").output.split(separator: "\n", omittingEmptySubsequences: false)
    let list = lines.drop(while: { $0 != "SUBCOMMANDS:" }).dropFirst().prefix(while: { !$0.isEmpty })
    return list.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }.compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
  }
}
