import Diagnostics
import Tensors

/// Names a value of one graph.
package struct ValueID: Hashable, Comparable, Sendable {
  package let index: Int
  package init(_ index: Int) { self.index = index }
  package static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// A network as single-assignment data flow: inputs and parameters, nodes in an order in which operands come
/// first, and outputs. A value type: a pass takes a graph and returns another.
package struct Graph: Sendable {
  package struct Input: Hashable, Sendable {
    package var name: String
    package var value: ValueID

    package init(name: String, value: ValueID) {
      self.name = name
      self.value = value
    }
  }

  package struct Output: Hashable, Sendable {
    package var name: String
    package var value: ValueID

    package init(name: String, value: ValueID) {
      self.name = name
      self.value = value
    }
  }

  /// That a parameter takes over a value once nothing reads its old elements any more.
  package struct Update: Hashable, Sendable {
    /// The parameter's value.
    package var parameter: ValueID
    package var value: ValueID

    package init(parameter: ValueID, value: ValueID) {
      self.parameter = parameter
      self.value = value
    }
  }

  package var name: String
  package var inputs: [Input] = []
  package var parameters: [Parameter] = []
  package var nodes: [Node] = []
  package var outputs: [Output] = []
  /// What parameters hold after a run, where that is not what they held before: a training step's new weights.
  package var updates: [Update] = []
  /// The type of every value, indexed by `ValueID.index`.
  package private(set) var types: [TensorType] = []

  package init(name: String) { self.name = name }

  package func type(of value: ValueID) -> TensorType { types[value.index] }

  /// Whether `makeValue` made this value; false only in graphs that the verifier rejects.
  package func contains(_ value: ValueID) -> Bool { types.indices.contains(value.index) }

  /// A new value with no definition yet; the caller makes it an input, a parameter or a result.
  package mutating func makeValue(_ type: TensorType) -> ValueID {
    types.append(type)
    return ValueID(types.count - 1)
  }
}

/// A tensor that comes from a weights file, by name; the graph never holds its elements.
package struct Parameter: Hashable, Sendable {
  /// How a fresh value is drawn when there is no weights file.
  package enum Initializer: Hashable, Sendable {
    case zeros
    case constant(Double)
    /// Normal with standard deviation sqrt(2 / fan) (He et al., *Delving Deep into Rectifiers*, 2.2).
    case heNormal(fan: Int)
    /// Uniform in ±bound.
    case uniform(bound: Double)
  }

  /// Whether training updates it by gradient, it is a running statistic, or it is what an optimizer keeps of earlier
  /// gradients.
  package enum Role: String, Hashable, Sendable { case weight, statistic, momentum }

  /// The key in a weights file: torchvision's state-dict key for the networks that torchvision has.
  package var name: String
  package var value: ValueID
  package var initializer: Initializer
  package var role: Role

  package init(name: String, value: ValueID, initializer: Initializer, role: Role = .weight) {
    self.name = name
    self.value = value
    self.initializer = initializer
    self.role = role
  }
}

/// An application of an op.
package struct Node: Sendable {
  package var op: any Op
  package var operands: [ValueID]
  package var results: [ValueID]
  /// The path of bindings that it came from, such as `layer1.0.conv1`; may be empty, need not be unique.
  package var name: String
  /// The call in the network file.
  package var origin: SourceRange?

  package init(op: any Op, operands: [ValueID], results: [ValueID], name: String, origin: SourceRange? = nil) {
    self.op = op
    self.operands = operands
    self.results = results
    self.name = name
    self.origin = origin
  }
}
