import Diagnostics
import Tensors

/// How an op is called in a network file: its name, parameters with defaults, and what a call builds. The
/// language knows every built-in function from these, and none by name.
package struct Surface: Sendable {
  package enum Kind: Hashable, Sendable {
    case tensor
    /// Any number of tensors by position, at least one. At most one parameter is of this kind, the first.
    case tensors
    case int
    case float
    case bool
    /// An integer, or a list of two: rows, then columns.
    case pair
    /// A list of integers, or one integer.
    case ints
  }

  package enum Constant: Hashable, Sendable {
    case int(Int)
    case float(Double)
    case bool(Bool)
    case ints([Int])
    /// As a default: what the parameter of this name holds.
    case sameAs(String)
  }

  package struct Parameter: Hashable, Sendable {
    package var name: String
    package var kind: Kind
    /// Labelled parameters are given as `name: value`; the others by position.
    package var isLabelled: Bool
    /// What holds where the call does not say; nil: the call must say.
    package var defaultValue: Constant?
    package var documentation: String

    package init(
      _ name: String, _ kind: Kind, labelled: Bool = true, default defaultValue: Constant? = nil,
      _ documentation: String
    ) {
      self.name = name
      self.kind = kind
      self.isLabelled = labelled
      self.defaultValue = defaultValue
      self.documentation = documentation
    }
  }

  package var name: String
  /// One sentence, for the language reference and for completion.
  package var summary: String
  package var parameters: [Parameter]
  /// Whether a call makes parameters of the network, and so needs a name to scope them.
  package var isParametrised: Bool
  /// Appends the call's nodes and parameters; one value a result.
  package var build: @Sendable (inout SurfaceCall) throws(OpError) -> ValueID

  package init(
    _ name: String, _ summary: String, parameters: [Parameter], isParametrised: Bool = false,
    build: @escaping @Sendable (inout SurfaceCall) throws(OpError) -> ValueID
  ) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
    self.isParametrised = isParametrised
    self.build = build
  }
}

/// One call of a surface with its arguments checked against the parameters' kinds and defaults filled in, and the
/// graph that it appends to.
package struct SurfaceCall {
  package var builder: GraphBuilder
  package let tensors: [String: ValueID]
  /// The arguments of a parameter of kind `tensors`.
  package let tensorLists: [String: [ValueID]]
  package let constants: [String: Surface.Constant]
  /// The path of bindings, such as `layer1.0.conv1`.
  package let scope: String
  package let origin: SourceRange?

  package init(
    builder: GraphBuilder, tensors: [String: ValueID], tensorLists: [String: [ValueID]] = [:],
    constants: [String: Surface.Constant], scope: String, origin: SourceRange?
  ) {
    self.builder = builder
    self.tensors = tensors
    self.tensorLists = tensorLists
    self.constants = constants
    self.scope = scope
    self.origin = origin
  }

  package func tensor(_ name: String) -> ValueID {
    guard let value = tensors[name] else { preconditionFailure("surface has no tensor '\(name)'") }
    return value
  }

  package func tensorList(_ name: String) -> [ValueID] {
    guard let values = tensorLists[name] else { preconditionFailure("surface has no tensors '\(name)'") }
    return values
  }

  /// The argument, or the default that stood in for it.
  private func constant(_ name: String) -> Surface.Constant? {
    if case .sameAs(let other) = constants[name] { constants[other] } else { constants[name] }
  }

  package func int(_ name: String) -> Int {
    guard case .int(let value) = constant(name) else { preconditionFailure("surface has no int '\(name)'") }
    return value
  }

  package func float(_ name: String) -> Double {
    switch constant(name) {
    case .float(let value): return value
    case .int(let value): return Double(value)
    default: preconditionFailure("surface has no float '\(name)'")
    }
  }

  package func bool(_ name: String) -> Bool {
    guard case .bool(let value) = constant(name) else { preconditionFailure("surface has no bool '\(name)'") }
    return value
  }

  package func ints(_ name: String) -> [Int] {
    switch constant(name) {
    case .ints(let values): return values
    case .int(let value): return [value]
    default: preconditionFailure("surface has no ints '\(name)'")
    }
  }

  /// Rows, then columns.
  package func pair(_ name: String) -> [Int] {
    let values = ints(name)
    return values.count == 1 ? [values[0], values[0]] : values
  }

  package func type(_ name: String) -> TensorType { builder.graph.type(of: tensor(name)) }

  /// Declares the network's parameter `scope.name`.
  package mutating func parameter(
    _ name: String, _ shape: Shape, _ initializer: GraphIR.Parameter.Initializer,
    role: GraphIR.Parameter.Role = .weight
  ) -> ValueID {
    builder.parameter(scope.isEmpty ? name : "\(scope).\(name)", TensorType(.f32, shape), initializer, role: role)
  }

  /// Appends a node with one result.
  package mutating func append(_ op: any Op, _ operands: [ValueID]) throws(OpError) -> ValueID {
    try builder.append(op, operands, name: scope, origin: origin)[0]
  }
}
