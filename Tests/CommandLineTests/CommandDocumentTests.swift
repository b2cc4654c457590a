import Foundation
import Testing

/// docs/cli.md has the options that commands have, no more and no fewer.
@Suite struct CommandDocumentTests {
  private static let document = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../docs/cli.md")

  /// The document's text below each heading, by heading.
  private func sections() throws -> [Substring: Substring] {
    let text = try String(contentsOf: Self.document, encoding: .utf8)
    let parts = text.split(separator: #/\n###? /#)
    return Dictionary(uniqueKeysWithValues: parts.map { ($0.prefix { $0 != "\n" }, $0.drop { $0 != "\n" }) })
  }

  /// The options in the first cell of a table's rows, with those of the option groups that the text links to.
  private func documentedOptions(_ section: Substring, _ sections: [Substring: Substring]) -> Set<Substring> {
    var options: Set<Substring> = []
    for line in section.split(separator: "\n") where line.hasPrefix("| `-") {
      let cell = line.dropFirst().prefix { $0 != "|" }
      options.formUnion(cell.matches(of: /`(--?[a-z-]+)/).map(\.1))
    }
    for (heading, group) in sections where heading.hasSuffix(" options") || heading.hasSuffix(" option") {
      let anchor = heading.lowercased().replacing(" ", with: "-")
      if section.contains("(#\(anchor))") { options.formUnion(documentedOptions(group, sections)) }
    }
    return options
  }

  @Test(arguments: [
    "check", "format", "show", "compile", "run", "train", "evaluate", "bench", "profile", "tune", "verify",
    "gradients", "opt",
  ])
  func theDocumentHasTheOptionsOfEachCommand(_ command: String) throws {
    let sections = try sections()
    let section = try #require(sections["apus \(command)"])
    let help = try CommandLineRun(command, "--help")
    #expect(help.exitCode == 0)
    #expect(help.output.contains("Example") && help.output.contains("  apus \(command) "), "help shows no example")
    let options = help.output.split(separator: "\n").filter { $0.hasPrefix("  -") }
      .flatMap { $0.prefix { $0 != "<" }.matches(of: /(?:^|[ ,])(--?[a-z-]+)/).map(\.1) }
    #expect(documentedOptions(section, sections) == Set(options).subtracting(["-h", "--help", "--version"]))
  }

  @Test func theDocumentHasAllCommands() throws {
    let documented = try sections().keys.filter { $0.hasPrefix("apus ") }.map { String($0.dropFirst(5)) }
    let list = try #require(try CommandLineRun("--help").output.firstRange(of: "SUBCOMMANDS:\n"))
    let commands = try CommandLineRun("--help").output[list.upperBound...].split(separator: "\n")
      .compactMap { $0.firstMatch(of: /^  ([a-z]+)/).map { String($0.1) } }
    #expect(documented.sorted() == commands.sorted())
  }

  @Test func theDocumentHasTheOptionsOfAnExecutable() throws {
    let sections = try sections()
    let section = try #require(sections["A compiled executable"])
    try withTinyExecutable(arguments: ["--weights-beside"]) { executable in
      let help = try CommandLineRun(program: executable, "--help")
      let options = help.output.matches(of: /--[a-z]+/).map { help.output[$0.range] }
      #expect(documentedOptions(section, sections) == Set(options).union(["--help"]))
    }
  }
}
