import Diagnostics
import Foundation
import GraphIR
import Ops
import Passes
import Testing

/// One case of a file in FileTests: passes, a graph as text, and what they make of it.
///
/// The first line of a file names the passes, as in `passes: fold-batch-norm`. Then come cases: a line `== title`, a
/// graph, a line `--`, and the graph that is expected, or the word `unchanged`.
struct FileTest: Sendable, CustomTestStringConvertible {
  static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "FileTests")

  var file: String
  var passes: [String]
  var title: String
  var input: String
  var expectation: String

  var testDescription: String { "\(file): \(title)" }

  /// All cases of all files.
  static let all: [FileTest] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    return names.filter { $0.hasSuffix(".txt") }.sorted().flatMap { name in
      let text = try? String(contentsOf: directory.appending(path: name), encoding: .utf8)
      return text.map { parse($0, file: name) } ?? []
    }
  }()

  private static func parse(_ text: String, file: String) -> [FileTest] {
    var sections = text.components(separatedBy: "\n== ")
    let command = sections.removeFirst().trimmingCharacters(in: .whitespacesAndNewlines)
    let passes = command.dropFirst("passes: ".count).split(separator: ",").map(String.init)
    return sections.map { section in
      let (title, rest) = split(section, at: "\n")
      let (input, expectation) = split(rest, at: "\n--\n")
      return FileTest(
        file: file, passes: passes, title: title, input: input + "\n",
        expectation: expectation.trimmingCharacters(in: .newlines) + "\n")
    }
  }

  private static func split(_ text: String, at separator: String) -> (String, String) {
    guard let range = text.range(of: separator) else { return (text, "") }
    return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
  }
}

// MARK: - Blessing

extension FileTest {
  static let isBlessing = ProcessInfo.processInfo.environment["APUS_BLESS"] == "1"

  /// Puts `expectation` in the place of this case's in its file.
  func bless(_ expectation: String) throws {
    // Cases of one file run at the same time.
    Self.blessing.lock()
    defer { Self.blessing.unlock() }
    let url = Self.directory.appending(path: file)
    let text = try String(contentsOf: url, encoding: .utf8)
    let place = try #require(text.range(of: "== \(title)\n\(input)--\n\(self.expectation)"))
    try text.replacingCharacters(in: place, with: "== \(title)\n\(input)--\n\(expectation)")
      .write(to: url, atomically: true, encoding: .utf8)
  }

  private static let blessing = NSLock()
}
