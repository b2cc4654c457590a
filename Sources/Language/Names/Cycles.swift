import Diagnostics

extension FileScope {
  /// The parameters of the network that a name leads to through its aliases; nil where they go in a circle or end
  /// in an unknown name. Aliases of another file are followed by that file's own check.
  func parameters(ofNetwork name: String) -> [ParameterDeclaration]? {
    var name = name
    var seen: Set<String> = []
    while seen.insert(name).inserted, let network = networks[name] {
      switch network.definition {
      case .body(let parameters, _, _): return parameters
      case .alias(let base, _): name = base.text
      }
    }
    return nil
  }
}

extension Resolver {
  /// Parameters see each other's values whatever the order, so their defaults may not go in a circle.
  mutating func reportParameterCycles(_ parameters: [ParameterDeclaration]) {
    var uses: [String: Set<String>] = [:]
    for parameter in parameters {
      uses[parameter.name.text] = parameter.defaultValue?.namesUsed ?? []
    }
    // Takes out parameters that use no other until only circles, and what leads to them, are left.
    var remaining = parameters.filter { $0.defaultValue != nil }
    while true {
      let names = Set(remaining.map(\.name.text))
      let blocked = remaining.filter { !(uses[$0.name.text] ?? []).isDisjoint(with: names) }
      if blocked.count == remaining.count { break }
      remaining = blocked
    }
    if let first = remaining.first {
      report(.parameterCycle(first.name.text, at: first.name.range))
    }
  }
}

extension Expression {
  /// All names of values in the expression.
  var namesUsed: Set<String> {
    var names: Set<String> = []
    walk { expression in
      if case .name(let name) = expression.kind { names.insert(name) }
    }
    return names
  }

  /// Visits this expression and all below it.
  func walk(_ visit: (Expression) -> Void) {
    visit(self)
    switch kind {
    case .int, .float, .bool, .string, .name, .missing: break
    case .list(let elements): for element in elements { element.walk(visit) }
    case .member(let base, _): base.walk(visit)
    case .index(let base, let index):
      base.walk(visit)
      index.walk(visit)
    case .call(let call):
      for argument in call.arguments { argument.value.walk(visit) }
      call.closure?.body.walk(visit)
    case .not(let operand), .negate(let operand): operand.walk(visit)
    case .binary(_, let left, let right):
      left.walk(visit)
      right.walk(visit)
    case .conditional(let conditional):
      conditional.condition.walk(visit)
      conditional.consequence.walk(visit)
      conditional.alternative?.walk(visit)
    case .pipeline(let head, let stages):
      head.walk(visit)
      for stage in stages { stage.walk(visit) }
    }
  }
}

extension Body {
  func walk(_ visit: (Expression) -> Void) {
    for binding in bindings { binding.value.walk(visit) }
    for result in results { result.walk(visit) }
  }
}

/// Reports each block that calls itself, directly or through others. Blocks passed as parameters are found when
/// they are called, by the limit on calls inside calls.
func findRecursion(_ trees: [SyntaxTree], _ scopes: [SourceFile: FileScope]) -> [Diagnostic] {
  let blocks = trees.flatMap(\.blocks)
  let indices = Dictionary(
    blocks.enumerated().map { (ObjectIdentifier($1), $0) }, uniquingKeysWith: { first, _ in first })
  let calls = blocks.map { block in
    block.callees(scopes[block.name.range.file] ?? FileScope()).compactMap { callee, range in
      indices[ObjectIdentifier(callee)].map { (block: $0, range: range) }
    }
  }

  enum State { case unseen, open, done }
  var states = [State](repeating: .unseen, count: blocks.count)
  var diagnostics: [Diagnostic] = []
  for root in blocks.indices where states[root] == .unseen {
    // A stack of its own: a hostile file may chain more blocks than the machine's stack holds calls.
    var path = [(block: root, next: 0)]
    states[root] = .open
    while let (block, next) = path.last {
      guard next < calls[block].count else {
        states[block] = .done
        path.removeLast()
        continue
      }
      path[path.count - 1].next += 1
      let (callee, range) = calls[block][next]
      switch states[callee] {
      case .open: diagnostics.append(.recursion(blocks[callee].name, at: range))
      case .unseen:
        states[callee] = .open
        path.append((callee, 0))
      case .done: break
      }
    }
  }
  return diagnostics
}

extension BlockDeclaration {
  /// The blocks that the body names, as callees and stages.
  fileprivate func callees(_ scope: FileScope) -> [(BlockDeclaration, SourceRange)] {
    let hidden = Set(parameters.filter(\.isBlock).map(\.name.text))
    var found: [(BlockDeclaration, SourceRange)] = []
    func add(_ name: String, _ range: SourceRange) {
      if !hidden.contains(name), let block = scope.blocks[name] { found.append((block, range)) }
    }
    body.walk { expression in
      switch expression.kind {
      case .call(let call): add(call.callee.text, call.callee.range)
      case .pipeline(_, let stages):
        for stage in stages { if case .name(let name) = stage.kind { add(name, stage.range) } }
      default: break
      }
    }
    return found
  }
}
