import Diagnostics

/// Lays out a network file: indentation by brackets, one space where a space belongs, at most one blank line, and
/// the `=` of neighbouring bindings below each other. Where lines break, and all comments, stay as they are.
package enum Formatter {
  /// The file laid out; nil, with diagnostics, where it cannot be read. Formatting the result changes nothing.
  package static func format(_ file: SourceFile) -> (text: String?, diagnostics: [Diagnostic]) {
    let (_, diagnostics) = Parser.parse(file)
    guard !diagnostics.contains(where: { $0.severity == .error }) else { return (nil, diagnostics) }
    var lines = makeLines(file)
    indent(&lines)
    alignBindings(&lines)
    return (write(lines, file), diagnostics)
  }

  private static func makeLines(_ file: SourceFile) -> [Line] {
    var lines: [Line] = []
    var previousLine = 0
    for token in Lexer.tokens(of: file).tokens where token.kind != .endOfFile {
      if token.startsLine || lines.isEmpty {
        let number = file.lineIndex(of: token.range.lowerBound)
        lines.append(Line(tokens: [], hasBlankBefore: !lines.isEmpty && number > previousLine + 1))
        previousLine = number
      }
      lines[lines.count - 1].tokens.append(token)
    }
    return lines
  }

  private static func write(_ lines: [Line], _ file: SourceFile) -> String {
    var text = ""
    for (index, line) in lines.enumerated() {
      let opensBody = index > 0 && lines[index - 1].lastCode?.kind.isOpening == true
      if line.hasBlankBefore, !opensBody, !line.startsWithClosing { text += "\n" }
      text += String(repeating: " ", count: line.indentation) + line.text(file) + "\n"
    }
    return text
  }
}

// MARK: - Indentation

extension Formatter {
  private static let step = 2

  private static func indent(_ lines: inout [Line]) {
    /// The indentation of the line that each open bracket stands on.
    var open: [Int] = []
    var previous: Line?
    for index in lines.indices {
      let leadingClosings = lines[index].tokens.prefix { $0.kind.isClosing }.count
      var indentation = open.last.map { $0 + step } ?? 0
      for _ in 0..<leadingClosings { indentation = open.popLast() ?? 0 }
      if leadingClosings == 0, lines[index].continues(previous) { indentation += step }
      lines[index].indentation = indentation
      let isOpenBefore = open.count
      for token in lines[index].tokens.dropFirst(leadingClosings) {
        if token.kind.isOpening { open.append(indentation) }
        if token.kind.isClosing { _ = open.popLast() }
      }
      lines[index].isBalanced = leadingClosings == 0 && open.count == isOpenBefore
      if !lines[index].isComment { previous = lines[index] }
    }
  }
}

// MARK: - Alignment

extension Formatter {
  /// Pads the names of bindings that stand on neighbouring lines, each whole on its own.
  private static func alignBindings(_ lines: inout [Line]) {
    var start = 0
    while start < lines.count {
      var end = start
      while end < lines.count, isWholeBinding(lines, end), end == start || !lines[end].hasBlankBefore,
        lines[end].indentation == lines[start].indentation
      {
        end += 1
      }
      let width = lines[start..<end].map { $0.tokens[0].range.count }.max() ?? 0
      for index in start..<end { lines[index].nameWidth = width }
      start = max(end, start + 1)
    }
  }

  private static func isWholeBinding(_ lines: [Line], _ index: Int) -> Bool {
    let line = lines[index]
    guard line.isBalanced, line.tokens.count > 2, line.tokens[0].kind == .identifier,
      line.tokens[1].kind == .punctuation(.assign)
    else { return false }
    let following = lines[(index + 1)...].first { !$0.isComment }
    return following?.continues(line) != true
  }
}
