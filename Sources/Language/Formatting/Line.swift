import Diagnostics

/// One line of a file in formatting.
struct Line {
  var tokens: [Token]
  var hasBlankBefore: Bool
  /// In columns.
  var indentation = 0
  /// Whether it closes every bracket that it opens, and no other.
  var isBalanced = true
  /// The columns that the name of a binding takes, at least its own length.
  var nameWidth = 0

  init(tokens: [Token], hasBlankBefore: Bool) {
    self.tokens = tokens
    self.hasBlankBefore = hasBlankBefore
  }

  var isComment: Bool { tokens.first?.kind == .comment }
  /// The last token that is no comment.
  var lastCode: Token? { tokens.last { $0.kind != .comment } }
  var startsWithClosing: Bool { tokens.first?.kind.isClosing == true }

  /// Whether it goes on with the expression of the line before it, comments left out.
  func continues(_ previous: Line?) -> Bool {
    guard let previous, let first = tokens.first, let last = previous.lastCode
    else { return false }
    if first.kind == .keyword(.else) { return !previous.startsWithClosing }
    if last.kind == .punctuation(.assign) || last.kind.isBinaryOperator { return true }
    return first.kind.isBinaryOperator
  }

  func text(_ file: SourceFile) -> String {
    var text = ""
    var before: Token?
    for (index, token) in tokens.enumerated() {
      if let previous = before {
        let twoBefore = index >= 2 ? tokens[index - 2] : nil
        text += token.kind == .comment ? "  " : needsSpace(twoBefore, previous, token) ? " " : ""
      }
      text += file.text(token.range)
      if index == 0, nameWidth > token.range.count {
        text += String(repeating: " ", count: nameWidth - token.range.count)
      }
      before = token
    }
    return withoutTrailingBlanks(text)
  }

  /// Comments may end in blanks, which no line should.
  private func withoutTrailingBlanks(_ text: String) -> String {
    var text = text[...]
    while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
    return String(text)
  }

  private func needsSpace(_ twoBefore: Token?, _ previous: Token, _ token: Token) -> Bool {
    switch (previous.kind, token.kind) {
    case (.punctuation(.leftParenthesis), _), (.punctuation(.leftBracket), _), (.punctuation(.dot), _): false
    case (_, .punctuation(.rightParenthesis)), (_, .punctuation(.rightBracket)), (_, .punctuation(.dot)): false
    case (_, .punctuation(.comma)), (_, .punctuation(.colon)), (_, .punctuation(.semicolon)): false
    case (.identifier, .punctuation(.leftParenthesis)): false
    case (.identifier, .punctuation(.leftBracket)), (.punctuation(.rightBracket), .punctuation(.leftBracket)),
      (.punctuation(.rightParenthesis), .punctuation(.leftBracket)):
      false
    // A minus that follows no operand belongs to the next.
    case (.punctuation(.minus), _): twoBefore.map { $0.kind.endsOperand } ?? true
    default: true
    }
  }
}

extension Token.Kind {
  var isOpening: Bool {
    [.punctuation(.leftParenthesis), .punctuation(.leftBracket), .punctuation(.leftBrace)].contains(self)
  }

  var isClosing: Bool {
    [.punctuation(.rightParenthesis), .punctuation(.rightBracket), .punctuation(.rightBrace)].contains(self)
  }

  var isBinaryOperator: Bool {
    switch self {
    case .keyword(.and), .keyword(.or), .punctuation(.pipe): true
    case .punctuation(let punctuation): BinaryOperator(rawValue: punctuation.rawValue) != nil
    default: false
    }
  }

  /// Whether an operand can end with it, so that a minus behind it subtracts.
  fileprivate var endsOperand: Bool {
    switch self {
    case .identifier, .integer, .float, .string, .keyword(.true), .keyword(.false): true
    default: isClosing
    }
  }
}
