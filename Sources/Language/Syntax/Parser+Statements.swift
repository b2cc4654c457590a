import Diagnostics

extension Parser {
  /// Where a body stands, which decides how it ends.
  enum BodyKind {
    /// Of a block or network: ends in `return`.
    case declaration
    /// Of a branch or closure: ends in an expression.
    case value
    /// Of a preprocessing or recipe: only `key = value`.
    case entries
  }

  /// Statements in braces.
  mutating func parseBody(_ kind: BodyKind) throws(Failure) -> Body {
    let open = currentRange
    try expect(.leftBrace, "to begin the body")
    return try nested { parser throws(Failure) in try parser.parseStatements(kind, open: open) }
  }

  /// The statements after `{` up to and including `}`.
  mutating func parseStatements(_ kind: BodyKind, open: SourceRange) throws(Failure) -> Body {
    var bindings: [Binding] = []
    var results: [Expression] = []
    while !at(.rightBrace), !atEnd, !atDeclaration, diagnostics.count < Limits.diagnosticCount {
      let start = position
      if !results.isEmpty { report(.statementAfterResult(at: currentRange)) }
      do throws(Failure) {
        try parseStatement(kind, &bindings, &results)
        try parseStatementEnd()
      } catch {
        skipStatement(from: start)
      }
      if position == start { advance() }
    }
    try expectClosing(.rightBrace, of: open)
    return Body(bindings: bindings, results: results, range: range(from: open.bytes.lowerBound))
  }

  /// `name = value` and then the end of the text.
  mutating func parseLoneBinding() throws(Failure) -> Binding {
    let name = try expectName("'key=value'")
    try expect(.assign, "between key and value")
    let value = try parseExpression()
    guard atEnd else { throw fail(expected: "the end of the value") }
    return Binding(name: name, value: value)
  }

  private mutating func parseStatement(
    _ kind: BodyKind, _ bindings: inout [Binding], _ results: inout [Expression]
  ) throws(Failure) {
    if current.kind == .identifier, next.kind == .punctuation(.assign) {
      bindings.append(parseBinding())
    } else if at(.return) {
      if kind != .declaration { report(.unexpectedReturn(at: currentRange)) }
      advance()
      results = try parseResults()
    } else if kind == .value {
      results = [try parseResult()]
    } else {
      throw fail(expected: kind == .declaration ? "'name = value' or 'return'" : "'key = value'")
    }
  }

  /// `name = value`; where the value cannot be read, the name stays bound, so that its uses are not reported.
  private mutating func parseBinding() -> Binding {
    let name = Name(text: currentText, range: currentRange)
    let start = position
    advance()
    advance()
    do throws(Failure) {
      return Binding(name: name, value: try parseExpression())
    } catch {
      skipStatement(from: start)
      return Binding(name: name, value: Expression(.missing, name.range))
    }
  }

  private mutating func parseResults() throws(Failure) -> [Expression] {
    var results = [try parseResult()]
    while take(.comma) { results.append(try parseResult()) }
    return results
  }

  private mutating func parseResult() throws(Failure) -> Expression {
    let range = currentRange
    let start = position
    do throws(Failure) {
      return try parseExpression()
    } catch {
      skipStatement(from: start)
      return Expression(.missing, range)
    }
  }

  /// A statement ends with its line, at `;`, or before `}`.
  private mutating func parseStatementEnd() throws(Failure) {
    if take(.semicolon) || at(.rightBrace) || atEnd || current.startsLine { return }
    throw fail(expected: "a new line or ';'")
  }
}
