import Diagnostics

extension Parser {
  mutating func parseFile() -> SyntaxTree {
    var tree = SyntaxTree(file: file)
    while !atEnd, diagnostics.count < Limits.diagnosticCount {
      let start = position
      let nameToken = next
      guard tree.declarationCount < Limits.declarationCount else {
        report(.tooManyDeclarations(at: currentRange))
        break
      }
      do throws(Failure) {
        try parseDeclaration(into: &tree)
      } catch {
        if nameToken.kind == .identifier { tree.brokenNames.insert(file.text(nameToken.range)) }
        if position == start { advance() }
        skipToDeclaration()
      }
    }
    return tree
  }

  private mutating func parseDeclaration(into tree: inout SyntaxTree) throws(Failure) {
    let documentation = currentDocumentation
    guard current.kind == .identifier, Self.declarationWords.contains(currentText) else {
      throw failDeclaration()
    }
    let word = currentText
    advance()
    switch word {
    case "import": tree.imports.append(try parseImport())
    case "block": tree.blocks.append(try parseBlock(documentation))
    case "network": tree.networks.append(try parseNetwork(documentation))
    case "preprocessing": tree.preprocessings.append(try parsePreprocessing())
    case "labels": tree.labels.append(try parseLabels())
    default: tree.recipes.append(try parseRecipe())
    }
  }

  private mutating func failDeclaration() -> Failure {
    let suggestion = current.kind == .identifier ? nearestName(to: currentText, among: Self.declarationWords) : nil
    let found = current.kind.description(text: currentText)
    report(.expectedDeclaration(found: found, suggestion: suggestion, at: currentRange))
    return Failure()
  }

  private mutating func parseImport() throws(Failure) -> Import {
    let range = currentRange
    return Import(path: try parseString("the path of a file in quotes"), range: range)
  }

  private mutating func parseBlock(_ documentation: String?) throws(Failure) -> BlockDeclaration {
    let name = try expectName("the block's name")
    let parameters = try parseParameters()
    let body = try parseDeclarationBody(of: name)
    if body.results.count > 1 { report(.blockReturnsSeveral(at: body.results[1].range)) }
    return BlockDeclaration(name: name, parameters: parameters, body: body, documentation: documentation)
  }

  private mutating func parseNetwork(_ documentation: String?) throws(Failure) -> NetworkDeclaration {
    let name = try expectName("the network's name")
    if take(.assign) {
      let base = try expectName("the network that this one is made from")
      let arguments = at(.leftParenthesis) ? try parseArguments() : []
      let companions = try parseCompanions()
      return NetworkDeclaration(
        name: name, definition: .alias(base: base, arguments: arguments), companions: companions,
        documentation: documentation)
    }
    let parameters = try parseParameters()
    var outputs: [Name] = []
    if take(.arrow) {
      repeat { outputs.append(try expectName("the name of an output")) } while take(.comma)
    }
    let companions = try parseCompanions()
    let body = try parseDeclarationBody(of: name)
    if !outputs.isEmpty, outputs.count != body.results.count, let first = body.results.first {
      report(.outputCountDiffers(declared: outputs.count, returned: body.results.count, at: first.range))
    }
    return NetworkDeclaration(
      name: name, definition: .body(parameters: parameters, outputs: outputs, body), companions: companions,
      documentation: documentation)
  }

  /// `using A, B(size: size)`.
  private mutating func parseCompanions() throws(Failure) -> [Companion] {
    guard atWord("using") else { return [] }
    advance()
    var companions: [Companion] = []
    repeat {
      let name = try expectName("the name of a preprocessing, labels or recipe")
      let hasArguments = at(.leftParenthesis) && !current.startsLine
      companions.append(Companion(name: name, arguments: hasArguments ? try parseArguments() : []))
    } while take(.comma)
    return companions
  }

  private mutating func parseParameters() throws(Failure) -> [ParameterDeclaration] {
    let open = currentRange
    try expect(.leftParenthesis, "before the parameters")
    var parameters: [ParameterDeclaration] = []
    while !at(.rightParenthesis) {
      guard parameters.count < Limits.parameterCount else {
        report(.tooManyParameters(at: currentRange))
        throw Failure()
      }
      parameters.append(try parseParameter())
      guard take(.comma) else { break }
    }
    try expectClosing(.rightParenthesis, of: open)
    return parameters
  }

  private mutating func parseParameter() throws(Failure) -> ParameterDeclaration {
    let name = try expectName("a parameter")
    let kind = take(.colon) ? try parseParameterKind() : ParameterDeclaration.Kind.tensor(nil)
    let defaultValue = take(.assign) ? try parseExpression() : nil
    return ParameterDeclaration(name: name, kind: kind, defaultValue: defaultValue)
  }

  private mutating func parseParameterKind() throws(Failure) -> ParameterDeclaration.Kind {
    let start = current.range.lowerBound
    let isList = take(.leftBracket)
    let word = try expectName("a type: Int, Float, Bool, Block, [Int], Tensor or f32[N, …]")
    if isList {
      try expectClosing(.rightBracket, of: SourceRange(file, start..<start + 1))
    } else if take(.leftBracket) {
      return .tensor(try parseInputType(element: word))
    } else if word.text == "Tensor" {
      return .tensor(nil)
    }
    let text = isList ? "[\(word.text)]" : word.text
    guard let kind = ValueKind(rawValue: text) else {
      report(.unknownType(text, at: range(from: start)))
      throw Failure()
    }
    return .value(kind)
  }

  private mutating func parseInputType(element: Name) throws(Failure) -> InputType {
    let open = SourceRange(file, previousEnd - 1..<previousEnd)
    var dimensions: [Expression] = []
    while !at(.rightBracket) {
      dimensions.append(try parseExpression())
      guard take(.comma) else { break }
    }
    try expectClosing(.rightBracket, of: open)
    return InputType(
      element: element, dimensions: dimensions, range: range(from: element.range.bytes.lowerBound))
  }

  private mutating func parsePreprocessing() throws(Failure) -> PreprocessingDeclaration {
    let name = try expectName("the preprocessing's name")
    let parameters = at(.leftParenthesis) ? try parseParameters() : []
    return PreprocessingDeclaration(name: name, parameters: parameters, entries: try parseEntries())
  }

  private mutating func parseRecipe() throws(Failure) -> RecipeDeclaration {
    let name = try expectName("the recipe's name")
    let base = take(.assign) ? try expectName("the recipe that this one is made from") : nil
    return RecipeDeclaration(name: name, base: base, entries: try parseEntries())
  }

  /// `{ key = value … }`.
  private mutating func parseEntries() throws(Failure) -> [Binding] {
    try parseBody(.entries).bindings
  }

  private mutating func parseLabels() throws(Failure) -> LabelsDeclaration {
    let name = try expectName("the name of the labels")
    try expect(.assign, "before the labels")
    let start = current.range.lowerBound
    let open = currentRange
    if take(.leftBracket) {
      var list: [String] = []
      while !at(.rightBracket) {
        list.append(try parseString("a label in quotes"))
        guard take(.comma) else { break }
      }
      try expectClosing(.rightBracket, of: open)
      return LabelsDeclaration(name: name, source: .list(list), range: range(from: start))
    }
    let path = try parseString("the path of a file in quotes, or a list of labels")
    return LabelsDeclaration(name: name, source: .file(path), range: range(from: start))
  }

  private mutating func parseDeclarationBody(of name: Name) throws(Failure) -> Body {
    let body = try parseBody(.declaration)
    if body.results.isEmpty { report(.missingReturn(in: name)) }
    return body
  }
}
