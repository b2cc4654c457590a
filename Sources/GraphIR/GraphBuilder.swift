import Diagnostics
import Tensors

/// Appends to a graph, inferring the types of results.
package struct GraphBuilder: Sendable {
  package private(set) var graph: Graph

  package init(_ graph: Graph) { self.graph = graph }

  package mutating func input(_ name: String, _ type: TensorType) -> ValueID {
    let value = graph.makeValue(type)
    graph.inputs.append(.init(name: name, value: value))
    return value
  }

  package mutating func parameter(
    _ name: String, _ type: TensorType, _ initializer: Parameter.Initializer, role: Parameter.Role = .weight
  ) -> ValueID {
    let value = graph.makeValue(type)
    graph.parameters.append(Parameter(name: name, value: value, initializer: initializer, role: role))
    return value
  }

  /// Appends a node and returns its results. Throws what the op says of the operands, or where a tensor is larger
  /// than `SizeLimit` allows.
  package mutating func append(
    _ op: any Op, _ operands: [ValueID], name: String = "", origin: SourceRange? = nil
  ) throws(OpError) -> [ValueID] {
    let resultTypes = try op.checkedResultTypes(operands.map { graph.type(of: $0) })
    let results = resultTypes.map { graph.makeValue($0) }
    graph.nodes.append(Node(op: op, operands: operands, results: results, name: name, origin: origin))
    return results
  }

  /// Appends a node with one result that belongs to another, whose name and origin it gets.
  package mutating func append(_ op: any Op, _ operands: [ValueID], for node: Node) throws(OpError) -> ValueID {
    try append(op, operands, name: node.name, origin: node.origin)[0]
  }

  /// Appends a node whose results the graph has already.
  package mutating func append(_ node: Node) { graph.nodes.append(node) }

  /// Makes `value` what a parameter holds after a run, in the place of what it was to hold before.
  package mutating func update(_ parameter: ValueID, to value: ValueID) {
    graph.updates.removeAll { $0.parameter == parameter }
    graph.updates.append(Graph.Update(parameter: parameter, value: value))
  }

  package mutating func output(_ name: String, _ value: ValueID) {
    graph.outputs.append(.init(name: name, value: value))
  }
}
