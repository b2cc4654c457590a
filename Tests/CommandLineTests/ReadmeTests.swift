import Foundation
import Testing

/// README.md's tour, taken as its readers take it: every command prints what stands below it.
@Suite struct ReadmeTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  private struct Step {
    var command: String
    var output = ""
  }

  /// The text of the fenced blocks of a kind.
  private func blocks(_ kind: String, of text: String) -> [Substring] {
    text.split(separator: "\n```").filter { $0.hasPrefix(kind + "\n") }.map { $0.dropFirst(kind.count + 1) }
  }

  private func steps(of text: String) -> [Step] {
    var steps: [Step] = []
    for line in blocks("console", of: text).joined(separator: "\n").split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix("$ ") {
        steps.append(Step(command: String(line.dropFirst(2))))
      } else if !steps.isEmpty {
        steps[steps.count - 1].output += line + "\n"
      }
    }
    return steps
  }

  @Test func theTourIsTrue() throws {
    let text = try String(contentsOf: Self.repository.appending(path: "README.md"), encoding: .utf8)
    let source = try #require(blocks("apus", of: text).first)
    let network = try TinyNetwork()
    func write(_ text: String, to name: String) throws {
      try text.write(to: network.directory.appending(path: name), atomically: true, encoding: .utf8)
    }
    try write(source + "\n", to: "small.apus")
    try write(source.replacing(/skip  = .*/, with: "skip  = x") + "\n", to: "mistake.apus")
    try FileManager.default.createSymbolicLink(
      at: network.directory.appending(path: "examples"),
      withDestinationURL: Self.repository.appending(path: "examples"))

    let steps = steps(of: text)
    #expect(steps.count == 10)
    let products = URL(filePath: CommandLineRun.apus).deletingLastPathComponent().path
    for step in steps {
      let run = try CommandLineRun(
        program: "/bin/sh", arguments: ["-c", "PATH=\(products):$PATH; " + step.command], in: network.directory)
      #expect(run.exitCode == (step.command.contains("mistake") ? 1 : 0))
      let output = (run.errors + run.output).replacing(network.directory.path + "/", with: "")
      // Times, and the last digits of errors, are the machine's.
      if ["bench", "verify"].contains(where: step.command.contains) {
        #expect(words(output) == words(step.output), "\(step.command)")
      } else {
        #expect(output == step.output, "\(step.command)")
      }
    }
  }

  private func words(_ text: String) -> [Substring] {
    text.matches(of: /[A-Za-z]+/).map(\.output).filter { $0 != "e" && $0 != "thread" && $0 != "threads" }
  }
}
