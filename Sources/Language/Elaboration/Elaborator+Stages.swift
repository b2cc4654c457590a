import Diagnostics
import GraphIR

extension Elaborator {
  /// Sends a value down the stages of a pipeline, each named by its index under the pipeline's name.
  mutating func runStages(
    _ stages: [Expression], on head: Value, from headRange: SourceRange, at range: SourceRange
  ) throws(Abort) -> Value {
    let parameterCount = builder.graph.parameters.count
    let outer = naming
    var value = ArgumentValue(content: .value(head), range: headRange)
    for (index, stage) in stages.enumerated() {
      naming = outer.part(path: joinPath(outer.path, String(index)), kind: .named)
      value = ArgumentValue(content: .value(try apply(stage, to: value)), range: stage.range)
      if isPoison(value) { break }
    }
    naming = outer
    if builder.graph.parameters.count > parameterCount { claimName(for: .pipeline, "the pipeline", at: range) }
    guard case .value(let result) = value.content else { return .poison }
    return result
  }

  private mutating func apply(_ stage: Expression, to input: ArgumentValue) throws(Abort) -> Value {
    try counted(at: stage.range) { elaborator throws(Abort) in
      if elaborator.isPoison(input) { return .poison }
      switch stage.kind {
      case .name(let name):
        guard let function = try elaborator.function(named: name, at: stage.range) else { return .poison }
        return try elaborator.apply(function, [], piped: input, calleeAt: stage.range, at: stage.range)
      case .call(let call): return try elaborator.evaluateCall(call, piped: input, at: stage.range)
      case .conditional(let conditional):
        return try elaborator.evaluate(conditional, at: stage.range) { elaborator, result throws(Abort) in
          try elaborator.apply(result, to: input)
        }
      case .pipeline(let head, let stages):
        guard case .value(let value) = input.content else { return .poison }
        return try elaborator.runStages([head] + stages, on: value, from: input.range, at: stage.range)
      case .missing: return .poison
      default: return elaborator.poison(.notAStage(at: stage.range))
      }
    }
  }

  /// `stack(count, x) { i, x in … }`: blocks one after the other, named by their index.
  mutating func evaluateStack(_ call: Call, piped: ArgumentValue?, at range: SourceRange) throws(Abort) -> Value {
    let arguments = call.arguments.map(\.value)
    guard arguments.count == (piped == nil ? 2 : 1), let closure = call.closure, closure.parameters.count == 2 else {
      return poison(.malformedStack(at: call.callee.range))
    }
    let countValue = try evaluate(arguments[0])
    var value: Value = .poison
    if let piped {
      if case .value(let input) = piped.content { value = input }
    } else {
      value = try evaluate(arguments[1])
    }
    switch countValue {
    case .int(let count) where (0...Limits.stackCount).contains(count):
      return try runStack(closure, count: count, on: value, at: range)
    case .int(let count): return poison(.stackCount(count, at: arguments[0].range))
    case .poison: return .poison
    default:
      let found = countValue.typeDescription(in: builder.graph)
      return poison(.unexpectedKind("Int", found: found, at: arguments[0].range))
    }
  }

  private mutating func runStack(
    _ closure: Closure, count: Int, on input: Value, at range: SourceRange
  ) throws(Abort) -> Value {
    let (indexName, inputName) = (closure.parameters[0].text, closure.parameters[1].text)
    let hidden = [(indexName, frame.values[indexName]), (inputName, frame.values[inputName])]
    let parameterCount = builder.graph.parameters.count
    let outer = naming
    var value = input
    for index in 0..<count {
      if value.isPoison { break }
      naming = outer.part(path: joinPath(outer.path, String(index)), kind: .named)
      frame.values[indexName] = .int(index)
      frame.values[inputName] = value
      value = try evaluate(closure.body) { elaborator, result throws(Abort) in try elaborator.evaluate(result) }
    }
    naming = outer
    for (name, value) in hidden.reversed() { frame.values[name] = value }
    if builder.graph.parameters.count > parameterCount {
      claimName(for: .pipeline, BuiltinName.stack, at: range)
    }
    return value
  }
}
