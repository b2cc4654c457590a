import Diagnostics

extension Parser {
  /// An expression; a pipeline binds loosest.
  mutating func parseExpression() throws(Failure) -> Expression {
    try nested { parser throws(Failure) in try parser.parsePipeline() }
  }

  private mutating func parsePipeline() throws(Failure) -> Expression {
    let start = current.range.lowerBound
    let head = try parseBinary(above: 0)
    guard at(.pipe) else { return head }
    var stages: [Expression] = []
    while take(.pipe) { stages.append(try parsePostfix()) }
    return try make(.pipeline(head: head, stages: stages), from: start)
  }

  /// Operators that bind tighter than `precedence`.
  private mutating func parseBinary(above precedence: Int) throws(Failure) -> Expression {
    let start = current.range.lowerBound
    var left = try parseUnary()
    while let binary = currentOperator, binary.precedence > precedence {
      let range = currentRange
      // A parenthesised expression begins after its parenthesis, hence not at `start`.
      if binary.isComparison, case .binary(let previous, _, _) = left.kind, previous.isComparison,
        left.range.bytes.lowerBound == start
      {
        report(.chainedComparison(at: range))
      }
      advance()
      let tighter = binary.precedence
      let right = try nested { parser throws(Failure) in try parser.parseBinary(above: tighter) }
      left = try make(.binary(binary, left, right), from: start)
    }
    return left
  }

  private var currentOperator: BinaryOperator? {
    switch current.kind {
    case .keyword(.or): .or
    case .keyword(.and): .and
    case .punctuation(let punctuation): BinaryOperator(rawValue: punctuation.rawValue)
    default: nil
    }
  }

  private mutating func parseUnary() throws(Failure) -> Expression {
    let start = current.range.lowerBound
    if take(.not) {
      // `not a == b` denies the comparison.
      let operand = try nested { parser throws(Failure) in
        try parser.parseBinary(above: BinaryOperator.and.precedence)
      }
      return try make(.not(operand), from: start)
    }
    if take(.minus) {
      let operand = try nested { parser throws(Failure) in try parser.parseUnary() }
      return try make(.negate(operand), from: start)
    }
    return try parsePostfix()
  }

  private mutating func parsePostfix() throws(Failure) -> Expression {
    let start = current.range.lowerBound
    var base = try parsePrimary()
    while true {
      if take(.dot) {
        base = try make(.member(base, try expectName("the name of a property")), from: start)
      } else if at(.leftBracket), !current.startsLine {
        let open = currentRange
        advance()
        let index = try parseExpression()
        try expectClosing(.rightBracket, of: open)
        base = try make(.index(base, index), from: start)
      } else {
        return base
      }
    }
  }

  private mutating func parsePrimary() throws(Failure) -> Expression {
    let start = current.range.lowerBound
    switch current.kind {
    case .integer, .float: return try parseNumber()
    case .malformedNumber:
      advance()
      return try make(.missing, from: start)
    case .string: return try make(.string(try parseString("text")), from: start)
    case .keyword(.true), .keyword(.false):
      let value = at(.true)
      advance()
      return try make(.bool(value), from: start)
    case .keyword(.if): return try nested { parser throws(Failure) in try parser.parseConditional() }
    case .identifier: return try parseNameOrCall()
    case .punctuation(.leftParenthesis):
      let open = currentRange
      advance()
      let inner = try parseExpression()
      try expectClosing(.rightParenthesis, of: open)
      return inner
    case .punctuation(.leftBracket): return try parseList()
    default: throw fail(expected: "an expression")
    }
  }

  private mutating func parseNumber() throws(Failure) -> Expression {
    let start = current.range.lowerBound
    let isInteger = current.kind == .integer
    let range = currentRange
    let digits = currentText.filter { $0 != "_" }
    advance()
    if isInteger, let value = Int(digits) { return try make(.int(value), from: start) }
    if !isInteger, let value = Double(digits), value.isFinite { return try make(.float(value), from: start) }
    report(.numberTooLarge(at: range))
    return try make(.missing, from: start)
  }

  mutating func parseString(_ what: String) throws(Failure) -> String {
    guard current.kind == .string else { throw fail(expected: what) }
    let range = currentRange
    advance()
    var text = ""
    var characters = range.text.unicodeScalars.dropFirst()
    if characters.last == "\"" { characters = characters.dropLast() }
    while let character = characters.popFirst() {
      guard character == "\\" else {
        text.unicodeScalars.append(character)
        continue
      }
      switch characters.popFirst() {
      case "n": text += "\n"
      case "t": text += "\t"
      case "\"": text += "\""
      case "\\": text += "\\"
      default: report(.unknownEscape(at: range))
      }
    }
    return text
  }

  private mutating func parseList() throws(Failure) -> Expression {
    let start = current.range.lowerBound
    let open = currentRange
    advance()
    var elements: [Expression] = []
    while !at(.rightBracket) {
      elements.append(try parseExpression())
      guard take(.comma) else { break }
    }
    try expectClosing(.rightBracket, of: open)
    return try make(.list(elements), from: start)
  }

  private mutating func parseConditional() throws(Failure) -> Expression {
    let start = current.range.lowerBound
    advance()
    let condition = try parseExpression()
    let consequence = try parseValueBody()
    var alternative: Body?
    if take(.else) {
      if at(.if) {
        let inner = try nested { parser throws(Failure) in try parser.parseConditional() }
        alternative = Body(bindings: [], results: [inner], range: inner.range)
      } else {
        alternative = try parseValueBody()
      }
    }
    let conditional = Conditional(condition: condition, consequence: consequence, alternative: alternative)
    return try make(.conditional(conditional), from: start)
  }

  private mutating func parseValueBody() throws(Failure) -> Body {
    let body = try parseBody(.value)
    requireResult(body)
    return body
  }

  private mutating func requireResult(_ body: Body) {
    if body.results.isEmpty { report(.missingResult(at: body.range.endPoint)) }
  }

  private mutating func parseNameOrCall() throws(Failure) -> Expression {
    let start = current.range.lowerBound
    let name = Name(text: currentText, range: currentRange)
    advance()
    guard at(.leftParenthesis), !current.startsLine else { return try make(.name(name.text), from: start) }
    let arguments = try parseArguments()
    let closure = atClosure ? try parseClosure() : nil
    return try make(.call(Call(callee: name, arguments: arguments, closure: closure)), from: start)
  }

  mutating func parseArguments() throws(Failure) -> [Argument] {
    let open = currentRange
    try expect(.leftParenthesis, "before the arguments")
    var arguments: [Argument] = []
    while !at(.rightParenthesis) {
      let label = parseLabel()
      arguments.append(Argument(label: label, value: try parseExpression()))
      guard take(.comma) else { break }
    }
    try expectClosing(.rightParenthesis, of: open)
    return arguments
  }

  /// `name:` before an argument's value.
  private mutating func parseLabel() -> Name? {
    let isAssigned = next.kind == .punctuation(.assign)
    guard current.kind == .identifier, isAssigned || next.kind == .punctuation(.colon) else { return nil }
    let label = Name(text: currentText, range: currentRange)
    advance()
    if isAssigned { report(.assignedArgument(label.text, at: currentRange)) }
    advance()
    return label
  }

  /// Whether `{ i, x in` stands here; any other brace after a call belongs to an `if`.
  private var atClosure: Bool {
    guard at(.leftBrace) else { return false }
    var distance = 1
    while token(at: distance).kind == .identifier {
      distance += 1
      if token(at: distance).kind == .keyword(.in) { return true }
      guard token(at: distance).kind == .punctuation(.comma) else { return false }
      distance += 1
    }
    return false
  }

  private mutating func parseClosure() throws(Failure) -> Closure {
    let open = currentRange
    advance()
    var parameters: [Name] = []
    repeat { parameters.append(try expectName("a name")) } while take(.comma)
    guard take(.in) else { throw fail(expected: "'in'") }
    let body = try nested { parser throws(Failure) in try parser.parseStatements(.value, open: open) }
    requireResult(body)
    return Closure(parameters: parameters, body: body)
  }
}
