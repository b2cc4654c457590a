import Diagnostics
import GraphIR

// MARK: - Functions

extension Elaborator {
  /// A call. `piped` is the first argument of a stage.
  mutating func evaluateCall(_ call: Call, piped: ArgumentValue?, at range: SourceRange) throws(Abort) -> Value {
    if call.callee.text == BuiltinName.stack { return try evaluateStack(call, piped: piped, at: range) }
    guard let function = try function(named: call.callee.text, at: call.callee.range) else { return .poison }
    return try apply(function, call.arguments, piped: piped, calleeAt: call.callee.range, at: range)
  }

  /// The function of a name; nil, after a report, where there is none.
  mutating func function(named name: String, at range: SourceRange) throws(Abort) -> Function? {
    if frame.pending[name] != nil, frame.parameters[name]?.isBlock == true { try force(name) }
    if let function = frame.functions[name] { return function }
    if frame.parameters[name]?.isBlock == true {
      if frame.evaluating.contains(name) { report(.parameterCycle(name, at: range)) }
      return nil
    }
    if name == BuiltinName.identity { return Function(target: .identity, signature: .identity) }
    if let block = frame.scope.blocks[name] { return Function(target: .block(block), signature: Signature(block)) }
    if let surface = module.surfaces[name] {
      return Function(target: .surface(surface), signature: Signature(surface))
    }
    report(.unknownFunction(name, known: Array(module.surfaces.keys) + frame.scope.blocks.keys, at: range))
    return nil
  }

  /// The value of an expression where a Block is expected; nil after a report.
  mutating func evaluateFunction(_ expression: Expression) throws(Abort) -> Function? {
    try counted(at: expression.range) { elaborator throws(Abort) in
      switch expression.kind {
      case .name(let name): return try elaborator.function(named: name, at: expression.range)
      case .call(let call): return try elaborator.evaluatePartialCall(call)
      case .conditional(let conditional):
        var chosen: Function?
        _ = try elaborator.evaluate(conditional, at: expression.range) { elaborator, result throws(Abort) in
          chosen = try elaborator.evaluateFunction(result)
          return .poison
        }
        return chosen
      case .missing: return nil
      default:
        elaborator.report(.notAFunction(at: expression.range))
        return nil
      }
    }
  }

  private mutating func evaluatePartialCall(_ call: Call) throws(Abort) -> Function? {
    guard var function = try function(named: call.callee.text, at: call.callee.range) else { return nil }
    let (matches, problems) = matchArguments(
      call.arguments, to: function.signature, form: .partial, at: call.callee.range)
    for problem in problems { report(problem) }
    guard problems.isEmpty, let arguments = try evaluate(matches, of: function.signature) else { return nil }
    for (index, values) in arguments { function.given[index] = values }
    return function
  }

  /// Applies a function to arguments, after those that a partial call gave and the piped one.
  mutating func apply(
    _ function: Function, _ arguments: [Argument], piped: ArgumentValue?, calleeAt calleeRange: SourceRange,
    at range: SourceRange
  ) throws(Abort) -> Value {
    let signature = function.signature
    let (matches, problems) = matchArguments(
      arguments, to: signature, form: piped == nil ? .complete : .stage, given: Set(function.given.keys),
      at: calleeRange)
    for problem in problems { report(problem) }
    guard problems.isEmpty, let evaluated = try evaluate(matches, of: signature) else { return .poison }
    var all = function.given
    for (index, values) in evaluated { all[index] = values }
    if let piped {
      guard let value = convert(piped, to: signature.parameters[0], of: signature) else { return .poison }
      all[0] = [value] + (signature.parameters[0].kind == .tensors ? all[0] ?? [] : [])
    }
    let ordered = all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    switch function.target {
    case .identity:
      guard case .value(let value) = all[0]?.first?.content else { return .poison }
      return value
    case .surface(let surface): return try build(surface, ordered, at: range)
    case .block(let block): return try call(block, ordered, at: range)
    }
  }

  /// Evaluates arguments as their parameters ask; nil, after a report, where one has no value.
  mutating func evaluate(
    _ matches: [Int: [Argument]], of signature: Signature
  ) throws(Abort) -> [Int: [ArgumentValue]]? {
    var values: [Int: [ArgumentValue]] = [:]
    var isComplete = true
    for index in matches.keys.sorted() {
      for argument in matches[index] ?? [] {
        if let value = try evaluate(argument.value, as: signature.parameters[index], of: signature) {
          values[index, default: []].append(value)
        } else {
          isComplete = false
        }
      }
    }
    return isComplete ? values : nil
  }

  private mutating func evaluate(
    _ expression: Expression, as parameter: Signature.Parameter, of signature: Signature
  ) throws(Abort) -> ArgumentValue? {
    if parameter.kind == .value(.block) {
      return try evaluateFunction(expression).map {
        ArgumentValue(content: .function($0), range: expression.range)
      }
    }
    let value = ArgumentValue(content: .value(try evaluate(expression)), range: expression.range)
    return convert(value, to: parameter, of: signature)
  }

  func isPoison(_ argument: ArgumentValue) -> Bool {
    if case .value(.poison) = argument.content { true } else { false }
  }

  /// The argument as a value of its parameter's kind; nil, after a report unless it is poison, where it is none.
  mutating func convert(
    _ argument: ArgumentValue, to parameter: Signature.Parameter, of signature: Signature
  ) -> ArgumentValue? {
    guard case .value(let value) = argument.content, !value.isPoison else { return nil }
    if case .absent(let origin) = value {
      report(.trainingOnly(at: argument.range, origin: origin))
      return nil
    }
    guard let converted = value.converted(to: parameter.kind) else {
      report(
        .argumentKind(
          parameter.name, of: signature.name, expected: parameter.kind.description,
          found: value.typeDescription(in: builder.graph), at: argument.range))
      return nil
    }
    return ArgumentValue(content: .value(converted), range: argument.range)
  }
}

// MARK: - Blocks

extension Elaborator {
  private mutating func call(
    _ block: BlockDeclaration, _ arguments: [(Int, [ArgumentValue])], at range: SourceRange
  ) throws(Abort) -> Value {
    guard callSites.count < Limits.callDepth else { throw abort(.callsTooDeep(block.name, at: range)) }
    let (outerFrame, outerNaming) = (frame, naming)
    let parameterCount = builder.graph.parameters.count
    callSites.append(CallSite(name: block.name.text, range: range, path: naming.path))
    frame = Frame(scope: module.scopes[block.name.range.file] ?? FileScope(), path: naming.path)
    for parameter in block.parameters { frame.parameters[parameter.name.text] = parameter }
    for (index, values) in arguments {
      let name = block.parameters[index].name.text
      switch values.first?.content {
      case .value(let value): frame.values[name] = value
      case .function(let function): frame.functions[name] = function
      case nil: break
      }
    }
    let given = Set(arguments.map(\.0))
    for (index, parameter) in block.parameters.enumerated() where !given.contains(index) {
      guard let value = parameter.defaultValue else { continue }
      frame.pending[parameter.name.text] = Frame.Pending(expression: value, scope: frame.scope)
    }

    naming = naming.part(path: frame.path, kind: .blockResult)
    try forceAll(block.parameters)
    try bind(block.body.bindings, under: frame.path)
    let result = try block.body.results.first.map { result throws(Abort) in try evaluate(result) } ?? .poison
    callSites.removeLast()
    (frame, naming) = (outerFrame, outerNaming)
    if builder.graph.parameters.count > parameterCount { claimName(for: .block, block.name.text, at: range) }
    return result
  }

  mutating func forceAll(_ parameters: [ParameterDeclaration]) throws(Abort) {
    for parameter in parameters where frame.pending[parameter.name.text] != nil { try force(parameter.name.text) }
  }

  /// Evaluates a parameter that waits. It may ask for others. The resolver has excluded circles among declared
  /// defaults, but an alias's or the command line's values can make one.
  mutating func force(_ name: String) throws(Abort) {
    guard let pending = frame.pending.removeValue(forKey: name), let parameter = frame.parameters[name] else { return }
    frame.evaluating.insert(name)
    defer { frame.evaluating.remove(name) }
    let outer = frame.scope
    frame.scope = pending.scope
    defer { frame.scope = outer }
    guard case .value(let kind) = parameter.kind else { return }
    if kind == .block {
      frame.functions[name] = try evaluateFunction(pending.expression)
      return
    }
    let value = try evaluate(pending.expression)
    if value.isPoison {
      frame.values[name] = .poison
    } else if let converted = value.converted(to: .value(kind)) {
      frame.values[name] = converted
    } else {
      let found = value.typeDescription(in: builder.graph)
      frame.values[name] = poison(
        .parameterKind(
          name, expected: kind.rawValue, found: found, at: pending.expression.range,
          declaration: parameter.name.range))
    }
  }
}
