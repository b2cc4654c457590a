import Diagnostics

/// Reads a syntax tree from tokens. After an error it goes on at the next statement or declaration, so that all
/// errors of a file are told at once.
struct Parser {
  /// Thrown after an error has been reported, up to where reading can go on.
  struct Failure: Error {}

  let file: SourceFile
  private(set) var diagnostics: [Diagnostic]
  private let tokens: [Token]
  /// The `///` lines above the token of this index, joined.
  private let documentation: [Int: String]
  private var index = 0
  /// How many nested constructs are being read.
  private var nesting = 0

  init(_ file: SourceFile) {
    self.file = file
    let lexed = Lexer.tokens(of: file)
    diagnostics = lexed.diagnostics
    (tokens, documentation) = Self.separateComments(lexed.tokens, file)
  }

  static func parse(_ file: SourceFile) -> (tree: SyntaxTree, diagnostics: [Diagnostic]) {
    var parser = Parser(file)
    let tree = parser.parseFile()
    return (tree, parser.diagnostics)
  }

  /// `key=value` alone; nil, with diagnostics, where the text is something else.
  static func parseOverride(_ file: SourceFile) -> (binding: Binding?, diagnostics: [Diagnostic]) {
    var parser = Parser(file)
    let binding = try? parser.parseLoneBinding()
    return (binding, parser.diagnostics)
  }

  private static func separateComments(_ all: [Token], _ file: SourceFile) -> ([Token], [Int: String]) {
    var tokens: [Token] = []
    var documentation: [Int: String] = [:]
    var lines: [String] = []
    for token in all {
      if token.kind == .comment {
        let text = file.text(token.range)
        if text.hasPrefix("///") {
          lines.append(String(text.dropFirst(3).drop { $0 == " " }))
        } else {
          lines = []
        }
        continue
      }
      if !lines.isEmpty { documentation[tokens.count] = lines.joined(separator: " ") }
      lines = []
      tokens.append(token)
    }
    return (tokens, documentation)
  }
}

// MARK: - Looking and moving

extension Parser {
  var current: Token { tokens[index] }
  var next: Token { tokens[min(index + 1, tokens.count - 1)] }
  var atEnd: Bool { current.kind == .endOfFile }
  var currentRange: SourceRange { SourceRange(file, current.range) }
  var currentText: String { file.text(current.range) }
  var currentDocumentation: String? { documentation[index] }
  /// The end of the last token that was read.
  var previousEnd: Int { index > 0 ? tokens[index - 1].range.upperBound : 0 }
  var position: Int { index }

  func token(at distance: Int) -> Token { tokens[min(index + distance, tokens.count - 1)] }

  func range(from start: Int) -> SourceRange { SourceRange(file, start..<max(start, previousEnd)) }

  func at(_ punctuation: Punctuation) -> Bool { current.kind == .punctuation(punctuation) }
  func at(_ keyword: Keyword) -> Bool { current.kind == .keyword(keyword) }

  /// Whether the word, which is no keyword, stands here.
  func atWord(_ word: String) -> Bool { current.kind == .identifier && currentText == word }

  mutating func advance() { if !atEnd { index += 1 } }

  mutating func take(_ punctuation: Punctuation) -> Bool {
    guard at(punctuation) else { return false }
    advance()
    return true
  }

  mutating func take(_ keyword: Keyword) -> Bool {
    guard at(keyword) else { return false }
    advance()
    return true
  }

  mutating func expect(_ punctuation: Punctuation, _ context: String) throws(Failure) {
    guard take(punctuation) else { throw fail(expected: "'\(punctuation.rawValue)' \(context)") }
  }

  /// Expects the closing bracket of `open`, which a note points at.
  mutating func expectClosing(_ punctuation: Punctuation, of open: SourceRange) throws(Failure) {
    guard !take(punctuation) else { return }
    let found = current.kind.description(text: currentText)
    report(.expectedClosing(punctuation.rawValue, found: found, at: currentRange, opening: open))
    throw Failure()
  }

  mutating func expectName(_ what: String) throws(Failure) -> Name {
    guard current.kind == .identifier else { throw fail(expected: what) }
    defer { advance() }
    return Name(text: currentText, range: currentRange)
  }

  mutating func fail(expected: String) -> Failure {
    report(.expected(expected, found: current.kind.description(text: currentText), at: currentRange))
    return Failure()
  }

  mutating func report(_ diagnostic: Diagnostic) {
    if diagnostics.count < Limits.diagnosticCount { diagnostics.append(diagnostic) }
  }

  /// Runs `body` one level deeper, unless that is too deep.
  mutating func nested<Result>(
    _ body: (inout Parser) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard nesting < Limits.nestingDepth else {
      report(.nestedTooDeeply(at: currentRange))
      throw Failure()
    }
    nesting += 1
    defer { nesting -= 1 }
    return try body(&self)
  }

  /// Makes an expression, unless it would be too deep to walk.
  mutating func make(_ kind: Expression.Kind, from start: Int) throws(Failure) -> Expression {
    let expression = Expression(kind, range(from: start))
    guard expression.depth <= Limits.nestingDepth * 2 else {
      report(.nestedTooDeeply(at: expression.range))
      throw Failure()
    }
    return expression
  }
}

// MARK: - Going on after an error

extension Parser {
  static let declarationWords: Set<String> = ["import", "block", "network", "preprocessing", "labels", "recipe"]

  /// Whether a declaration seems to begin here: a word such as `block` first on its line, and a name or text next.
  var atDeclaration: Bool {
    guard current.kind == .identifier, current.startsLine else { return false }
    return (next.kind == .identifier || next.kind == .string) && Self.declarationWords.contains(currentText)
  }

  mutating func skipToDeclaration() {
    while !atEnd, !atDeclaration { advance() }
  }

  /// Skips to where the next statement of the body begins or the body ends, given the position of the token with
  /// which the broken statement began.
  mutating func skipStatement(from start: Int) {
    var depth = 0
    for token in tokens[start..<index] { depth += token.braceStep }
    while !atEnd, !atDeclaration {
      if depth <= 0, at(.rightBrace) || (index > start && current.startsLine && beginsStatement) { return }
      depth += current.braceStep
      advance()
    }
  }

  private var beginsStatement: Bool {
    at(.return) || (current.kind == .identifier && next.kind == .punctuation(.assign))
  }
}

extension Token {
  fileprivate var braceStep: Int {
    switch kind {
    case .punctuation(.leftBrace): 1
    case .punctuation(.rightBrace): -1
    default: 0
    }
  }
}
