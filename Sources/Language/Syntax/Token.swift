/// The smallest piece of a network file.
package struct Token: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case identifier
    case integer
    case float
    case string
    /// Looks like a number and is none; already reported.
    case malformedNumber
    case keyword(Keyword)
    case punctuation(Punctuation)
    case comment
    case endOfFile
  }

  var kind: Kind
  package var range: Range<Int>
  /// Whether it is the first on its line.
  var startsLine: Bool
}

/// Words that cannot be names. `block`, `network`, `import` and their like are words only where a declaration can
/// stand, so that parameters may have such names.
enum Keyword: String, CaseIterable, Sendable {
  case `if`, `else`, and, or, not, `true`, `false`, `return`, `in`
}

/// Marks of one or two bytes; where both fit, the longer is meant.
enum Punctuation: String, CaseIterable, Sendable {
  case arrow = "->"
  case pipe = "|>"
  case equal = "=="
  case notEqual = "!="
  case lessOrEqual = "<="
  case greaterOrEqual = ">="
  case less = "<"
  case greater = ">"
  case assign = "="
  case plus = "+"
  case minus = "-"
  case times = "*"
  case divide = "/"
  case remainder = "%"
  case leftParenthesis = "("
  case rightParenthesis = ")"
  case leftBracket = "["
  case rightBracket = "]"
  case leftBrace = "{"
  case rightBrace = "}"
  case comma = ","
  case colon = ":"
  case semicolon = ";"
  case dot = "."
}

extension Token.Kind {
  /// How messages name it.
  func description(text: String) -> String {
    switch self {
    case .identifier, .keyword, .punctuation: "'\(text)'"
    case .integer, .float, .malformedNumber: "the number \(text)"
    case .string: "a string"
    case .comment: "a comment"
    case .endOfFile: "the end of the file"
    }
  }
}
