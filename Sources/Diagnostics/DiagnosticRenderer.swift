/// Writes diagnostics as people read them: place and message, the line with a caret range below it, what a sure
/// mending would put there, and notes in the same form.
package struct DiagnosticRenderer: Sendable {
  /// Whether to colour with terminal escapes.
  package var usesColor: Bool

  package init(usesColor: Bool = false) { self.usesColor = usesColor }

  package func render(_ diagnostics: [Diagnostic]) -> String { diagnostics.map(render).joined() }

  package func render(_ diagnostic: Diagnostic) -> String {
    var text = renderPart(diagnostic.severity, diagnostic.message, diagnostic.range, diagnostic.fixIts)
    for note in diagnostic.notes { text += renderPart(.note, note.message, note.range, []) }
    return text
  }

  private func renderPart(
    _ severity: Diagnostic.Severity, _ message: String, _ range: SourceRange?, _ fixIts: [Diagnostic.FixIt]
  ) -> String {
    let label = paint(severity.rawValue + ":", severity.color)
    guard let range else { return "\(label) \(emphasise(message))\n" }
    var text = "\(emphasise("\(range.file.path):\(range.start):")) \(label) \(emphasise(message))\n"
    text += excerpt(of: range, fixIts: fixIts.filter { $0.range.file == range.file })
    for fixIt in fixIts { text += "\(paint("fix:", .green)) \(fixIt.message)\n" }
    return text
  }

  /// The line, the carets, and replacements below the place that they go to.
  private func excerpt(of range: SourceRange, fixIts: [Diagnostic.FixIt]) -> String {
    let file = range.file
    let line = file.lineIndex(of: range.bytes.lowerBound)
    guard !file.bytesOfLine(line).isEmpty else { return "" }
    let display = DisplayLine(file: file, line: line, focus: range.bytes.lowerBound)
    let number = String(line + 1)
    let gutter = String(repeating: " ", count: number.count)

    let start = display.column(of: range.bytes.lowerBound)
    let width = max(1, display.column(of: range.bytes.upperBound) - start)
    let carets = "^" + String(repeating: "~", count: width - 1)
    var text = " \(number) | \(display.text)\n"
    text += " \(gutter) | \(String(repeating: " ", count: start))\(paint(carets, .green))\n"
    for fixIt in fixIts where file.lineIndex(of: fixIt.range.bytes.lowerBound) == line && !fixIt.replacement.isEmpty {
      let column = display.column(of: fixIt.range.bytes.lowerBound)
      text += " \(gutter) | \(String(repeating: " ", count: column))\(paint(fixIt.replacement, .green))\n"
    }
    return text
  }

  fileprivate enum Color: String {
    case bold = "1"
    case red = "1;31"
    case green = "32"
    case magenta = "1;35"
    case cyan = "1;36"
  }

  private func emphasise(_ text: String) -> String { paint(text, .bold) }

  private func paint(_ text: String, _ color: Color) -> String {
    usesColor ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
  }
}

extension Diagnostic.Severity {
  fileprivate var color: DiagnosticRenderer.Color {
    switch self {
    case .error: .red
    case .warning: .magenta
    case .note: .cyan
    }
  }
}

/// One line as it is shown: tabs as spaces, control characters replaced, and of a very long line only the part
/// around the place in question.
private struct DisplayLine {
  static let tabWidth = 4
  /// The bytes kept on each side of the focus; a hostile file may be a single line.
  static let byteWindow = 120

  var text: String
  private let bytes: Range<Int>
  private let file: SourceFile

  init(file: SourceFile, line: Int, focus: Int) {
    let whole = file.bytesOfLine(line)
    var lower = max(whole.lowerBound, focus - Self.byteWindow)
    var upper = min(whole.upperBound, max(lower, focus) + Self.byteWindow)
    while lower > whole.lowerBound, file.bytes[lower] & 0xC0 == 0x80 { lower -= 1 }
    while upper < whole.upperBound, file.bytes[upper] & 0xC0 == 0x80 { upper += 1 }
    self.file = file
    bytes = lower..<max(lower, upper)
    text = Self.display(file.text(bytes))
  }

  /// How many columns stand before the byte at `offset`.
  func column(of offset: Int) -> Int {
    let end = min(max(offset, bytes.lowerBound), bytes.upperBound)
    return Self.display(file.text(bytes.lowerBound..<end)).count
  }

  private static func display(_ text: String) -> String {
    var shown = ""
    var column = 0
    for character in text {
      if character == "\t" {
        let count = tabWidth - column % tabWidth
        shown += String(repeating: " ", count: count)
        column += count
      } else {
        let isControl = character.unicodeScalars.allSatisfy { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }
        shown.append(isControl ? "\u{FFFD}" : character)
        column += 1
      }
    }
    return shown
  }
}
