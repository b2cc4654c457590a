import Diagnostics
import GraphIR

/// The parameters of something that can be called: a built-in function or a block.
struct Signature: Sendable {
  enum Kind: Hashable, Sendable {
    case tensor
    /// Any number of tensors, at least one; takes all positional arguments.
    case tensors
    /// One integer for rows and columns, or a list of the two.
    case pair
    /// One integer, or a list of any length.
    case intOrInts
    case value(ValueKind)
  }

  struct Parameter: Sendable {
    var name: String
    var kind: Kind
    /// Must be given as `name: value`.
    var isLabelled: Bool
    var hasDefault: Bool
  }

  var name: String
  var parameters: [Parameter]
  /// Where it is declared; nil for built-in functions.
  var declaration: SourceRange?

  init(_ surface: Surface) {
    name = surface.name
    parameters = surface.parameters.map {
      Parameter(name: $0.name, kind: Kind($0.kind), isLabelled: $0.isLabelled, hasDefault: $0.defaultValue != nil)
    }
  }

  init(_ name: Name, _ declared: [ParameterDeclaration]) {
    self.name = name.text
    declaration = name.range
    parameters = declared.map {
      Parameter(name: $0.name.text, kind: Kind($0.kind), isLabelled: false, hasDefault: $0.defaultValue != nil)
    }
  }

  init(_ block: BlockDeclaration) { self.init(block.name, block.parameters) }

  init(name: String, parameters: [Parameter]) {
    self.name = name
    self.parameters = parameters
  }

  /// `identity(x)` is x.
  static let identity = Signature(
    name: BuiltinName.identity,
    parameters: [Parameter(name: "x", kind: .tensor, isLabelled: false, hasDefault: false)])
}

extension Signature.Kind {
  init(_ kind: Surface.Kind) {
    switch kind {
    case .tensor: self = .tensor
    case .int: self = .value(.int)
    case .float: self = .value(.float)
    case .bool: self = .value(.bool)
    case .pair: self = .pair
    case .ints: self = .intOrInts
    case .tensors: self = .tensors
    }
  }

  init(_ kind: ParameterDeclaration.Kind) {
    switch kind {
    case .tensor: self = .tensor
    case .value(let kind): self = .value(kind)
    }
  }

  var description: String {
    switch self {
    case .tensor, .tensors: "a tensor"
    case .pair: "Int or a list of two Ints"
    case .intOrInts: "Int or a list of Ints"
    case .value(let kind): kind.rawValue
    }
  }
}

/// What is there of a call's arguments besides those in its parentheses.
enum CallForm {
  /// All arguments stand in the parentheses.
  case complete
  /// The first argument comes down a pipeline.
  case stage
  /// A value of type Block: arguments for a later call, which may give or replace others.
  case partial
}

/// Finds the parameter of each argument. In a stage and a partial call, positional arguments begin with the second
/// parameter. Arguments are by index of their parameter; `given` are indices that a partial call filled before.
func matchArguments(
  _ arguments: [Argument], to signature: Signature, form: CallForm, given: Set<Int> = [], at call: SourceRange
) -> (arguments: [Int: [Argument]], diagnostics: [Diagnostic]) {
  var matches: [Int: [Argument]] = [:]
  var diagnostics: [Diagnostic] = []
  var position = form == .complete ? 0 : 1
  if form == .stage, signature.parameters.first?.kind == .tensors { position = 0 }
  if form == .stage, signature.parameters.isEmpty { diagnostics.append(.tooManyArguments(of: signature, at: call)) }
  for argument in arguments {
    var index: Int?
    if let label = argument.label {
      index = signature.parameters.firstIndex { $0.name == label.text }
      if index == nil { diagnostics.append(.unknownLabel(label, of: signature)) }
    } else if position >= signature.parameters.count {
      diagnostics.append(.tooManyArguments(of: signature, at: argument.value.range))
    } else if signature.parameters[position].isLabelled {
      diagnostics.append(.missingLabel(signature.parameters[position].name, of: signature, at: argument.value.range))
      index = position
      position += 1
    } else {
      index = position
      if signature.parameters[position].kind != .tensors { position += 1 }
    }
    guard let index else { continue }
    if form == .stage, index == 0, signature.parameters[0].kind != .tensors {
      diagnostics.append(.duplicateArgument(signature.parameters[0].name, at: argument.range, previous: call))
      continue
    }
    if let previous = matches[index]?.first, signature.parameters[index].kind != .tensors {
      diagnostics.append(
        .duplicateArgument(signature.parameters[index].name, at: argument.range, previous: previous.range))
    } else {
      matches[index, default: []].append(argument)
    }
  }
  if form == .partial || !diagnostics.isEmpty { return (matches, diagnostics) }
  let missing = signature.parameters.indices.filter { index in
    let isPiped = form == .stage && index == 0
    return matches[index] == nil && !given.contains(index) && !isPiped && !signature.parameters[index].hasDefault
  }
  if !missing.isEmpty { diagnostics.append(.missingArguments(missing, of: signature, at: call)) }
  return (matches, diagnostics)
}

extension Argument {
  /// Label and value.
  var range: SourceRange { label.map { $0.range.joined(to: value.range) } ?? value.range }
}
