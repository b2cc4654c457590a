import Diagnostics
import Language
import Testing

/// A file with what is wrong with it: each `‹…›` marks a range, in order with the messages.
struct DiagnosticSample: Sendable, CustomTestStringConvertible {
  var marked: String
  var messages: [String]
  /// Other files that `main.apus` may import.
  var files: [String: String]

  init(_ marked: String, _ messages: String..., files: [String: String] = [:]) {
    self.marked = marked
    self.messages = messages
    self.files = files
  }

  var testDescription: String { messages.first ?? marked }

  /// The text without marks, and the byte ranges that they marked.
  var unmarked: (source: String, ranges: [Range<Int>]) {
    var source: [UInt8] = []
    var starts: [Int] = []
    var ranges: [Range<Int>] = []
    for character in marked {
      switch character {
      case "‹": starts.append(source.count)
      case "›": ranges.append((starts.popLast() ?? 0)..<source.count)
      default: source += Array(String(character).utf8)
      }
    }
    return (String(decoding: source, as: UTF8.self), ranges)
  }

  /// Checks that exactly the messages come, each at its mark.
  func check(_ location: Testing.SourceLocation = #_sourceLocation) {
    let (source, ranges) = unmarked
    let found = load(source, files: files).check()
    #expect(found.map(\.message) == messages, sourceLocation: location)
    let places = found.map { "\($0.range?.bytes ?? -1..<0)" }
    #expect(places == ranges.map { "\($0)" }, sourceLocation: location)
  }
}
