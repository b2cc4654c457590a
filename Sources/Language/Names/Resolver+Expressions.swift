import Diagnostics
import GraphIR

extension Resolver {
  /// Resolves an expression; `later` holds the names that the body binds further down, for a better message.
  mutating func resolve(_ expression: Expression, as position: Position, later: [String: SourceRange] = [:]) {
    guard diagnostics.count < Limits.diagnosticCount else { return }
    switch expression.kind {
    case .int, .float, .bool, .missing: break
    case .string: report(.unexpectedString(at: expression.range))
    case .name(let name): resolveName(name, as: position, later: later, at: expression.range)
    case .list(let elements): for element in elements { resolve(element, as: .value, later: later) }
    case .member(let base, _): resolve(base, as: .value, later: later)
    case .index(let base, let index):
      resolve(base, as: .value, later: later)
      resolve(index, as: .value, later: later)
    case .call(let call): resolve(call, as: position, later: later, at: expression.range)
    case .not(let operand), .negate(let operand): resolve(operand, as: .value, later: later)
    case .binary(_, let left, let right):
      resolve(left, as: .value, later: later)
      resolve(right, as: .value, later: later)
    case .conditional(let conditional):
      resolve(conditional, as: position, later: later, at: expression.range)
    case .pipeline(let head, let stages):
      resolve(head, as: position == .stage ? .stage : .value, later: later)
      for stage in stages { resolve(stage, as: .stage, later: later) }
    }
  }

  private mutating func resolve(
    _ conditional: Conditional, as position: Position, later: [String: SourceRange], at range: SourceRange
  ) {
    resolve(conditional.condition, as: .value, later: later)
    resolve(conditional.consequence, results: position)
    if let alternative = conditional.alternative {
      resolve(alternative, results: position)
    } else if !conditional.condition.requiresTraining {
      report(.missingElse(at: range))
    }
  }

  private mutating func resolveName(
    _ name: String, as position: Position, later: [String: SourceRange], at range: SourceRange
  ) {
    if position == .value || position == .unknown { noteUse(of: name) }
    switch position {
    case .value:
      guard !isValue(name) else { return }
      if name == BuiltinName.batch {
        report(.batchOutsideShape(at: range))
      } else if isFunction(name) {
        report(.functionAsValue(name, at: range))
      } else if !scope.brokenNames.contains(name) {
        report(.unknownValue(name, known: valueNames, boundLater: later[name], at: range))
      }
    case .function, .stage:
      if !isFunction(name) { reportUnknownFunction(name, at: range) }
      if position == .stage, let signature = staticSignature(of: name) {
        for problem in matchArguments([], to: signature, form: .stage, at: range).diagnostics { report(problem) }
      }
    case .unknown:
      if !isValue(name), !isFunction(name), !scope.brokenNames.contains(name) {
        report(.unknownValue(name, known: valueNames, boundLater: later[name], at: range))
      }
    }
  }

  private func isFunction(_ name: String) -> Bool {
    isBlockParameter(name) || scope.blocks[name] != nil || surfaces[name] != nil
      || BuiltinName.functions.contains(name)
  }

  private mutating func reportUnknownFunction(_ name: String, at range: SourceRange) {
    if scope.brokenNames.contains(name) { return }
    if scope.networks[name] != nil {
      report(.networkAsFunction(name, at: range))
    } else if isValue(name) {
      report(.valueAsFunction(name, at: range))
    } else {
      report(.unknownFunction(name, known: functionNames, at: range))
    }
  }

  private mutating func resolve(
    _ call: Call, as position: Position, later: [String: SourceRange], at range: SourceRange
  ) {
    let callee = call.callee
    if let closure = call.closure {
      if callee.text != BuiltinName.stack { report(.unexpectedClosure(callee.text, at: closure.body.range)) }
      resolve(closure)
    }
    if callee.text == BuiltinName.stack {
      resolveStack(call, as: position, at: range)
      for argument in call.arguments { resolve(argument.value, as: .value, later: later) }
      return
    }
    guard let signature = staticSignature(of: callee.text) else {
      if !isBlockParameter(callee.text) { reportUnknownFunction(callee.text, at: callee.range) }
      for argument in call.arguments { resolve(argument.value, as: .unknown, later: later) }
      return
    }
    let form: CallForm =
      switch position {
      case .value: .complete
      case .stage: .stage
      case .function, .unknown: .partial
      }
    let (matches, found) = matchArguments(call.arguments, to: signature, form: form, at: callee.range)
    // Of an argument to an unknown parameter, only a later call can say whether it is complete.
    if position != .unknown { for diagnostic in found { report(diagnostic) } }
    for index in matches.keys.sorted() {
      let isBlock = signature.parameters[index].kind == .value(.block)
      for argument in matches[index] ?? [] {
        resolve(argument.value, as: isBlock ? .function : .value, later: later)
      }
    }
  }

  /// The signature of a function that is known without evaluating; a Block parameter's is not.
  private func staticSignature(of name: String) -> Signature? {
    if isBlockParameter(name) { return nil }
    if name == BuiltinName.identity { return .identity }
    if let block = scope.blocks[name] { return Signature(block) }
    return surfaces[name].map(Signature.init)
  }

  private mutating func resolveStack(_ call: Call, as position: Position, at range: SourceRange) {
    let expectedCount = position == .stage ? 1 : 2
    let hasLabels = call.arguments.contains { $0.label != nil }
    if call.arguments.count != expectedCount || call.closure == nil || hasLabels || position == .function {
      report(.malformedStack(at: call.callee.range))
    }
  }
}

extension Expression {
  /// Whether the condition is `training`, or `training and …`: such an `if` needs no `else`.
  var requiresTraining: Bool {
    switch kind {
    case .name(BuiltinName.training): true
    case .binary(.and, let left, let right): left.requiresTraining || right.requiresTraining
    default: false
    }
  }
}
