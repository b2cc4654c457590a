import Diagnostics

/// The tokens of a printed graph with one token of look-ahead: what a recursive-descent parser asks.
struct GraphTokens {
  private(set) var token: GraphLexer.Token
  private(set) var range: SourceRange
  /// The offset behind the token before.
  private(set) var previousEnd = 0

  private var lexer: GraphLexer

  init(_ file: SourceFile) throws(Diagnostic) {
    lexer = GraphLexer(file)
    (token, range) = try lexer.next()
  }

  mutating func advance() throws(Diagnostic) {
    previousEnd = range.bytes.upperBound
    (token, range) = try lexer.next()
  }

  func expected(_ what: String) -> Diagnostic { Diagnostic(.error, "expected \(what)", at: range) }

  mutating func expect(_ character: Unicode.Scalar) throws(Diagnostic) {
    guard token == .punctuation(UInt8(ascii: character)) else { throw expected("'\(character)'") }
    try advance()
  }

  /// Takes the character if it comes next.
  mutating func take(_ character: Unicode.Scalar) throws(Diagnostic) -> Bool {
    guard token == .punctuation(UInt8(ascii: character)) else { return false }
    try advance()
    return true
  }

  mutating func take(word: String) throws(Diagnostic) -> Bool {
    guard token == .word(word) else { return false }
    try advance()
    return true
  }

  mutating func word(_ what: String) throws(Diagnostic) -> String {
    guard case .word(let word) = token else { throw expected(what) }
    try advance()
    return word
  }

  /// A bare word or a string.
  mutating func name(_ what: String) throws(Diagnostic) -> String {
    guard case .string(let text) = token else { return try word(what) }
    try advance()
    return text
  }

  mutating func int(_ what: String) throws(Diagnostic) -> Int {
    guard case .int(let value) = token else { throw expected(what) }
    try advance()
    return value
  }

  mutating func float(_ what: String) throws(Diagnostic) -> Double {
    switch token {
    case .float(let value):
      try advance()
      return value
    default: return Double(try int(what))
    }
  }
}
