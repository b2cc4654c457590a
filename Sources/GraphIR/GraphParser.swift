import Diagnostics
import Tensors

/// Reads a graph as `GraphPrinter` writes it. The graph is nil where the text could not be read; errors of meaning are
/// collected, a syntax error ends the reading. A graph without diagnostics has well-typed nodes; `verify` checks the
/// rest.
package func parseGraph(_ file: SourceFile, ops: OpTable) -> (graph: Graph?, diagnostics: [Diagnostic]) {
  do {
    var parser = try GraphParser(file, ops: ops)
    try parser.parse()
    return (parser.diagnostics.isEmpty ? parser.graph : nil, parser.diagnostics)
  } catch {
    return (nil, [error])
  }
}

/// A recursive-descent parser with one token of look-ahead. The grammar has no nesting, so that hostile depth is no
/// danger.
private struct GraphParser {
  private(set) var graph = Graph(name: "")
  private(set) var diagnostics: [Diagnostic] = []

  private let ops: OpTable
  private var tokens: GraphTokens
  private var values: [Int: ValueID] = [:]
  private var parameters: [String: ValueID] = [:]

  init(_ file: SourceFile, ops: OpTable) throws(Diagnostic) {
    self.ops = ops
    tokens = try GraphTokens(file)
  }

  // MARK: Grammar

  mutating func parse() throws(Diagnostic) {
    guard try tokens.take(word: "graph") else { throw tokens.expected("'graph'") }
    graph.name = try tokens.name("the graph's name")
    try tokens.expect("(")
    if try !tokens.take(")") {
      repeat { try input() } while try tokens.take(",")
      try tokens.expect(")")
    }
    try tokens.expect("{")
    while try parameter() {}
    while case .value = tokens.token { try node() }
    while try tokens.take(word: "update") { try update() }
    guard try tokens.take(word: "return") else { throw tokens.expected("a node, 'update' or 'return'") }
    repeat { try output() } while try tokens.take(",")
    try tokens.expect("}")
    guard tokens.token == .end else { throw tokens.expected("the end of the file after the graph's '}'") }
  }

  /// `%0 image: f32[N, 3, 224, 224]`
  private mutating func input() throws(Diagnostic) {
    let (number, place) = try newValue()
    let name = try tokens.name("the input's name")
    try tokens.expect(":")
    let value = graph.makeValue(try type())
    define(number, value, at: place)
    graph.inputs.append(Graph.Input(name: name, value: value))
  }

  /// `weight @conv1.weight: f32[64, 3, 7, 7] = heNormal(fan: 3136)`; false where none stands here.
  private mutating func parameter() throws(Diagnostic) -> Bool {
    guard case .word(let word) = tokens.token, let role = Parameter.Role(rawValue: word) else { return false }
    try tokens.advance()
    guard case .parameter(let name) = tokens.token else {
      throw tokens.expected("a parameter's name, such as @conv1.weight")
    }
    let place = tokens.range
    try tokens.advance()
    try tokens.expect(":")
    let value = graph.makeValue(try type())
    try tokens.expect("=")
    graph.parameters.append(Parameter(name: name, value: value, initializer: try initializer(), role: role))
    if parameters.updateValue(value, forKey: name) != nil { report("a second parameter @\(name)", at: place) }
    return true
  }

  private mutating func initializer() throws(Diagnostic) -> Parameter.Initializer {
    let place = tokens.range
    switch try tokens.word("an initializer: zeros, constant, heNormal or uniform") {
    case "zeros": return .zeros
    case "constant":
      try tokens.expect("(")
      let value = try tokens.float("a number")
      try tokens.expect(")")
      return .constant(value)
    case "heNormal":
      try argument("fan")
      let fan = try tokens.int("an integer")
      try tokens.expect(")")
      return .heNormal(fan: fan)
    case "uniform":
      try argument("bound")
      let bound = try tokens.float("a number")
      try tokens.expect(")")
      return .uniform(bound: bound)
    case let other:
      throw Diagnostic(
        .error, "'\(other)' is no initializer: there are zeros, constant, heNormal and uniform", at: place)
    }
  }

  /// `(label:`
  private mutating func argument(_ label: String) throws(Diagnostic) {
    try tokens.expect("(")
    guard try tokens.take(word: label) else { throw tokens.expected("'\(label):'") }
    try tokens.expect(":")
  }

  /// `%1 = conv(%0, @conv1.weight) {stride: [2, 2]} -> f32[N, 64, 112, 112] "conv1"`
  private mutating func node() throws(Diagnostic) {
    let start = tokens.range
    var results = [try newValue()]
    while try tokens.take(",") { results.append(try newValue()) }
    try tokens.expect("=")
    let mnemonicPlace = tokens.range
    let mnemonic = try tokens.word("an op")
    let operands = try operandList()
    let attributes = try attributeList()
    guard tokens.token == .arrow else { throw tokens.expected("'->' and the result's type") }
    try tokens.advance()
    var types = [try type()]
    while try tokens.take(",") { types.append(try type()) }
    var name = ""
    if case .string(let text) = tokens.token {
      name = text
      try tokens.advance()
    }
    let origin = SourceRange(start.file, start.bytes.lowerBound..<tokens.previousEnd)
    let resultValues = types.map { graph.makeValue($0) }
    for ((number, place), value) in zip(results, resultValues) { define(number, value, at: place) }
    guard results.count == types.count else {
      throw Diagnostic(.error, "\(results.count) results with \(types.count) types", at: start)
    }
    guard let op = makeOp(mnemonic, attributes, at: mnemonicPlace), !operands.contains(nil) else { return }
    let node = Node(op: op, operands: operands.compactMap(\.self), results: resultValues, name: name, origin: origin)
    checkTypes(node, types, at: mnemonicPlace)
    graph.nodes.append(node)
  }

  /// `(%0, @conv1.weight)`; nil for what is not defined, which is reported.
  private mutating func operandList() throws(Diagnostic) -> [ValueID?] {
    try tokens.expect("(")
    var operands: [ValueID?] = []
    if try tokens.take(")") { return [] }
    repeat { operands.append(try operand()) } while try tokens.take(",")
    try tokens.expect(")")
    return operands
  }

  private mutating func operand() throws(Diagnostic) -> ValueID? {
    let value: ValueID?
    switch tokens.token {
    case .value(let number):
      value = values[number]
      if value == nil { report("%\(number) is not defined before this use", at: tokens.range) }
    case .parameter(let name):
      value = parameters[name]
      if value == nil { report("there is no parameter @\(name)", at: tokens.range) }
    default: throw tokens.expected("a value: %number or @parameter")
    }
    try tokens.advance()
    return value
  }

  /// `{stride: [2, 2], activation: relu}`, or nothing.
  private mutating func attributeList() throws(Diagnostic) -> Attributes {
    guard try tokens.take("{") else { return [:] }
    var attributes: Attributes = [:]
    repeat {
      let place = tokens.range
      let key = try tokens.word("an attribute's name")
      try tokens.expect(":")
      let value = try attribute()
      if attributes.updateValue(value, forKey: key) != nil { report("a second attribute '\(key)'", at: place) }
    } while try tokens.take(",")
    try tokens.expect("}")
    return attributes
  }

  private mutating func attribute() throws(Diagnostic) -> Attribute {
    switch tokens.token {
    case .int(let value):
      try tokens.advance()
      return .int(value)
    case .float(let value):
      try tokens.advance()
      return .float(value)
    case .word(let word):
      try tokens.advance()
      return word == "true" ? .bool(true) : word == "false" ? .bool(false) : .symbol(word)
    default:
      guard try tokens.take("[") else { throw tokens.expected("an attribute: a number, a list of integers, or a word") }
      var values: [Int] = []
      if try tokens.take("]") { return .ints([]) }
      repeat { values.append(try tokens.int("an integer")) } while try tokens.take(",")
      try tokens.expect("]")
      return .ints(values)
    }
  }

  /// `f32[N, 3, 224, 224]`
  private mutating func type() throws(Diagnostic) -> TensorType {
    let place = tokens.range
    let name = try tokens.word("a type, such as f32[N, 3, 224, 224]")
    guard let element = ElementType(rawValue: name) else {
      let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
      throw Diagnostic(.error, "'\(name)' is no element type; there are \(known)", at: place)
    }
    try tokens.expect("[")
    var dimensions: [Dimension] = []
    if try !tokens.take("]") {
      repeat {
        dimensions.append(try tokens.take(word: "N") ? .batch : .fixed(try tokens.int("a dimension: an integer or N")))
      } while try tokens.take(",")
      try tokens.expect("]")
    }
    let type = TensorType(element, Shape(dimensions))
    do {
      try type.checkSize()
    } catch {
      report(error.message, at: place)
    }
    return type
  }

  /// `@bn1.running_mean = %7`, behind `update`.
  private mutating func update() throws(Diagnostic) {
    guard case .parameter = tokens.token else {
      throw tokens.expected("the parameter that is updated, such as @conv1.weight")
    }
    let parameter = try operand()
    try tokens.expect("=")
    let value = try operand()
    if let parameter, let value { graph.updates.append(Graph.Update(parameter: parameter, value: value)) }
  }

  /// `logits: %57`
  private mutating func output() throws(Diagnostic) {
    let name = try tokens.name("an output's name")
    try tokens.expect(":")
    if let value = try operand() { graph.outputs.append(Graph.Output(name: name, value: value)) }
  }

  // MARK: Meaning

  private mutating func newValue() throws(Diagnostic) -> (number: Int, place: SourceRange) {
    guard case .value(let number) = tokens.token else { throw tokens.expected("a value, such as %1") }
    let place = tokens.range
    try tokens.advance()
    return (number, place)
  }

  private mutating func define(_ number: Int, _ value: ValueID, at place: SourceRange) {
    if values.updateValue(value, forKey: number) != nil { report("a second definition of %\(number)", at: place) }
  }

  private mutating func makeOp(_ mnemonic: String, _ attributes: Attributes, at place: SourceRange) -> (any Op)? {
    guard let type = ops[mnemonic] else {
      let nearest = nearestName(to: mnemonic, among: ops.mnemonics).map { "; did you mean '\($0)'?" } ?? ""
      report("there is no op '\(mnemonic)'\(nearest)", at: place)
      return nil
    }
    do {
      return try type.init(attributes: attributes)
    } catch {
      report(error.message, at: place)
      return nil
    }
  }

  /// Reports where the op refuses its operands, or gives other types than the text says.
  private mutating func checkTypes(_ node: Node, _ written: [TensorType], at place: SourceRange) {
    do {
      let inferred = try node.op.checkedResultTypes(node.operands.map { graph.type(of: $0) })
      guard inferred != written else { return }
      let (got, says) = (inferred.map(\.description), written.map(\.description))
      report("this gives \(got.joined(separator: ", ")), but the text says \(says.joined(separator: ", "))", at: place)
    } catch {
      report(error.message, at: place)
    }
  }

  private mutating func report(_ message: String, at place: SourceRange) {
    diagnostics.append(Diagnostic(.error, message, at: place))
  }
}
