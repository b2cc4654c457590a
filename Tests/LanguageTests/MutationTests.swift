import Diagnostics
import Language
import TestSupport
import Testing

/// Files that somebody is in the middle of writing, or means harm with: examples with random damage. Whatever is in
/// them, reading ends with diagnostics that point into the file.
struct MutationTests {
  private static let words = [
    "(", ")", "[", "]", "{", "}", "|>", "=", ",", ":", ".", "if", "else", "return", "in", "N", "x", "9", "-", "stack(",
    "training", "\"", "\n", "block B(x) {", "network A = A", "using", "import \"main.apus\"", "é", "\u{0}", "//", "1e9",
  ]

  private func mutate(_ source: [UInt8], with generator: inout SeededGenerator) -> [UInt8] {
    var bytes = source
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let start = Int.random(in: 0...bytes.count, using: &generator)
      let end = min(bytes.count, start + Int.random(in: 0...12, using: &generator))
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes.removeSubrange(start..<end)
      case 1: bytes.insert(contentsOf: bytes[start..<end], at: Int.random(in: 0...bytes.count, using: &generator))
      case 2:
        bytes.replaceSubrange(
          start..<end, with: Array(Self.words[Int.random(in: Self.words.indices, using: &generator)].utf8))
      default: if start < bytes.count { bytes[start] = UInt8.random(in: 0...255, using: &generator) }
      }
    }
    return bytes
  }

  /// Puts a word of the text in place of another: what comes out mostly parses, and means something else.
  private func exchangeWords(_ source: String, with generator: inout SeededGenerator) -> String {
    var parts: [Substring] = source.matches(of: /[A-Za-z0-9_]+|[^A-Za-z0-9_]+/).map(\.output)
    let words = parts.indices.filter { parts[$0].first?.isLetter == true || parts[$0].first?.isNumber == true }
    for _ in 0..<Int.random(in: 1...2, using: &generator) {
      let target = words[Int.random(in: words.indices, using: &generator)]
      parts[target] = parts[words[Int.random(in: words.indices, using: &generator)]]
    }
    return parts.joined()
  }

  @Test(arguments: 0..<25) func damagedFilesEndInDiagnostics(_ seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    for example in LanguageDocumentTests.examples {
      check(mutate(Array(example.utf8), with: &generator))
      check(Array(exchangeWords(example, with: &generator).utf8))
    }
  }

  private func check(_ bytes: [UInt8]) {
    let module = Module.load(path: "main.apus") { path, _ throws(FileAccessError) in
      guard path == "main.apus" else { throw FileAccessError("no such file or directory") }
      return bytes
    }
    for diagnostic in module.check() {
      let places = [diagnostic.range] + diagnostic.notes.map(\.range) + diagnostic.fixIts.map(\.range)
      #expect(places.allSatisfy { $0.map { $0.bytes.upperBound <= bytes.count } ?? true })
      #expect(!render([diagnostic]).isEmpty)
    }
    if let text = Formatter.format(module.root).text {
      #expect(Formatter.format(SourceFile(path: "main.apus", bytes: Array(text.utf8))).text == text)
    }
  }
}
