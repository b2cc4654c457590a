import Diagnostics
import GraphIR

/// Evaluates one network to its graph. Errors are reported and leave a poison value behind, so that one run finds
/// all that do not follow from each other.
struct Elaborator {
  /// Thrown, after a report, where a limit ends the evaluation.
  struct Abort: Error {}

  let module: Module
  let isTraining: Bool
  var builder: GraphBuilder
  private(set) var diagnostics: [Diagnostic] = []
  var frame: Frame
  var naming = Naming(path: "", kind: .named)
  var callSites: [CallSite] = []
  /// Where each parameter of the network was made.
  var parameterPlaces: [String: SourceRange?] = [:]
  /// Places with an error, so that a block used a hundred times is reported once.
  private var reportedPlaces: Set<SourceRange>
  /// Expressions evaluated so far.
  private(set) var evaluationCount = 0
  private var evaluationDepth = 0

  init(_ module: Module, network name: String, scope: FileScope, isTraining: Bool) {
    self.module = module
    self.isTraining = isTraining
    builder = GraphBuilder(Graph(name: name))
    frame = Frame(scope: scope, path: "")
    reportedPlaces = Set(module.diagnostics.compactMap(\.range))
  }

  /// Reports with notes of the blocks in evaluation, innermost first.
  mutating func report(_ diagnostic: Diagnostic) {
    guard diagnostics.count < Limits.diagnosticCount else { return }
    if let range = diagnostic.range, !reportedPlaces.insert(range).inserted { return }
    var diagnostic = diagnostic
    let notesShown = 5
    for site in callSites.reversed().prefix(notesShown) {
      diagnostic.notes.append(.calledHere(site))
    }
    diagnostics.append(diagnostic)
  }

  /// Reports and gives the value that stands for the one that could not be made.
  mutating func poison(_ diagnostic: Diagnostic) -> Value {
    report(diagnostic)
    return .poison
  }

  /// Counts an evaluation, and runs it one level deeper.
  mutating func counted<Result>(
    at range: SourceRange, _ body: (inout Elaborator) throws(Abort) -> Result
  ) throws(Abort) -> Result {
    evaluationCount += 1
    guard evaluationCount <= Limits.evaluationCount else { throw abort(.tooMuchEvaluation(at: range)) }
    guard evaluationDepth < Limits.evaluationDepth else { throw abort(.evaluationTooDeep(at: range)) }
    evaluationDepth += 1
    defer { evaluationDepth -= 1 }
    return try body(&self)
  }

  mutating func abort(_ diagnostic: Diagnostic) -> Abort {
    report(diagnostic)
    return Abort()
  }
}

// MARK: - Expressions

extension Elaborator {
  mutating func evaluate(_ expression: Expression) throws(Abort) -> Value {
    try counted(at: expression.range) { elaborator throws(Abort) in
      try elaborator.evaluateKind(expression)
    }
  }

  private mutating func evaluateKind(_ expression: Expression) throws(Abort) -> Value {
    let range = expression.range
    switch expression.kind {
    case .int(let value): return .int(value)
    case .float(let value): return .float(value)
    case .bool(let value): return .bool(value)
    case .string: return poison(.unexpectedString(at: range))
    case .missing: return .poison
    case .name(let name): return try evaluateName(name, at: range)
    case .list(let elements): return try evaluateList(elements)
    case .member(let base, let name): return try evaluateMember(base, name)
    case .index(let base, let index): return try evaluateIndex(base, index)
    case .call(let call): return try evaluateCall(call, piped: nil, at: range)
    case .not(let operand): return try evaluateNot(operand)
    case .negate(let operand): return try negate(operand, at: range)
    case .binary(let binary, let left, let right): return try evaluateBinary(binary, left, right, at: range)
    case .conditional(let conditional):
      return try evaluate(conditional, at: range) { elaborator, result throws(Abort) in
        try elaborator.evaluate(result)
      }
    case .pipeline(let head, let stages):
      return try runStages(stages, on: try evaluate(head), from: head.range, at: range)
    }
  }

  private mutating func evaluateName(_ name: String, at range: SourceRange) throws(Abort) -> Value {
    if let value = frame.values[name] { return value }
    if frame.pending[name] != nil {
      try force(name)
      return frame.values[name] ?? .poison
    }
    if frame.evaluating.contains(name) { return poison(.parameterCycle(name, at: range)) }
    if name == BuiltinName.training { return .bool(isTraining) }
    return poison(.unknownValue(name, known: Array(frame.values.keys), boundLater: nil, at: range))
  }

  private mutating func evaluateList(_ elements: [Expression]) throws(Abort) -> Value {
    var values: [Value] = []
    for element in elements {
      let value = try evaluate(element)
      switch value {
      case .int, .float, .bool: values.append(value)
      case .poison: return .poison
      default:
        return poison(.unexpectedElement(value.typeDescription(in: builder.graph), at: element.range))
      }
    }
    return .list(values)
  }

  private mutating func evaluateMember(_ base: Expression, _ name: Name) throws(Abort) -> Value {
    let value = try evaluate(base)
    switch value {
    case .list(let elements) where name.text == "count": return .int(elements.count)
    case .tensor(let id):
      let shape = builder.graph.type(of: id).shape
      if let property = TensorProperty(rawValue: name.text) {
        guard let extent = property.value(of: shape) else {
          return poison(.propertyOfOtherRank(name, type: builder.graph.type(of: id)))
        }
        return .int(extent)
      }
      return poison(.unknownProperty(name, of: "a tensor", known: TensorProperty.allCases.map(\.rawValue)))
    case .list: return poison(.unknownProperty(name, of: "a list", known: ["count"]))
    case .poison: return .poison
    case .absent(let origin): return poison(.trainingOnly(at: base.range, origin: origin))
    default: return poison(.noProperties(name, of: value.typeDescription(in: builder.graph)))
    }
  }

  private mutating func evaluateIndex(_ base: Expression, _ index: Expression) throws(Abort) -> Value {
    switch (try evaluate(base), try evaluate(index)) {
    case (.list(let elements), .int(let position)):
      guard elements.indices.contains(position) else {
        return poison(.indexOutOfRange(position, count: elements.count, at: index.range))
      }
      return elements[position]
    case (.poison, _), (_, .poison): return .poison
    case (.list, let other):
      return poison(.unexpectedKind("Int", found: other.typeDescription(in: builder.graph), at: index.range))
    case (let other, _):
      return poison(.unexpectedKind("a list", found: other.typeDescription(in: builder.graph), at: base.range))
    }
  }

  private mutating func evaluateNot(_ operand: Expression) throws(Abort) -> Value {
    switch try evaluate(operand) {
    case .bool(let value): return .bool(!value)
    case .poison: return .poison
    case let other:
      return poison(.unexpectedKind("Bool", found: other.typeDescription(in: builder.graph), at: operand.range))
    }
  }
}

// MARK: - Bodies

extension Elaborator {
  /// Evaluates the condition, and of the branch that it chooses the bindings, then its value by `result`.
  mutating func evaluate(
    _ conditional: Conditional, at range: SourceRange,
    result: (inout Elaborator, Expression) throws(Abort) -> Value
  ) throws(Abort) -> Value {
    switch try evaluate(conditional.condition) {
    case .bool(true): return try evaluate(conditional.consequence, result: result)
    case .bool(false):
      guard let alternative = conditional.alternative else { return .absent(range) }
      return try evaluate(alternative, result: result)
    case .poison: return .poison
    case let other:
      let found = other.typeDescription(in: builder.graph)
      return poison(.unexpectedKind("Bool", found: found, at: conditional.condition.range))
    }
  }

  /// A branch's or closure's value. Its own bindings are named under what names the whole.
  mutating func evaluate(
    _ body: Body, result: (inout Elaborator, Expression) throws(Abort) -> Value
  ) throws(Abort) -> Value {
    guard let last = body.results.last else { return .poison }
    if body.bindings.isEmpty { return try result(&self, last) }
    let hidden = body.bindings.map { ($0.name.text, frame.values[$0.name.text]) }
    try bind(body.bindings, under: naming.path)
    let value = try result(&self, last)
    for (name, value) in hidden.reversed() { frame.values[name] = value }
    return value
  }

  mutating func bind(_ bindings: [Binding], under path: String) throws(Abort) {
    let outer = naming
    for binding in bindings {
      naming = outer.part(path: joinPath(path, binding.name.text), kind: .named)
      frame.values[binding.name.text] = try evaluate(binding.value)
    }
    naming = outer
  }
}
