/// Where the values of one graph are defined and used. It describes the graph that it was made from, and none that
/// has been changed since.
package struct GraphIndex: Sendable {
  package enum Definition: Hashable, Sendable {
    case input(Int)
    case parameter(Int)
    case result(node: Int, position: Int)
  }

  package struct Use: Hashable, Sendable {
    package var node: Int
    package var operand: Int

    package init(node: Int, operand: Int) {
      self.node = node
      self.operand = operand
    }
  }

  private var definitions: [ValueID: Definition] = [:]
  private var usesByValue: [ValueID: [Use]] = [:]
  private let keptValues: Set<ValueID>

  package init(_ graph: Graph) {
    keptValues = Set(graph.outputs.map(\.value) + graph.updates.map(\.value))
    for (position, input) in graph.inputs.enumerated() { definitions[input.value] = .input(position) }
    for (position, parameter) in graph.parameters.enumerated() { definitions[parameter.value] = .parameter(position) }
    for (index, node) in graph.nodes.enumerated() {
      for (position, result) in node.results.enumerated() {
        definitions[result] = .result(node: index, position: position)
      }
      for (position, operand) in node.operands.enumerated() {
        usesByValue[operand, default: []].append(Use(node: index, operand: position))
      }
    }
  }

  package func definition(of value: ValueID) -> Definition? { definitions[value] }

  /// The index of the node that computes `value`; nil for inputs and parameters.
  package func producer(of value: ValueID) -> Int? {
    if case .result(let node, _) = definitions[value] { node } else { nil }
  }

  /// Uses by nodes, in the graph's order.
  package func uses(of value: ValueID) -> [Use] { usesByValue[value] ?? [] }

  /// Whether a value is needed to the end of a run: as an output, or as what a parameter becomes.
  package func isKept(_ value: ValueID) -> Bool { keptValues.contains(value) }

  /// The node that reads `value` last; nil where none does, or where it is kept to the end.
  package func lastUse(of value: ValueID) -> Int? { isKept(value) ? nil : uses(of: value).last?.node }
}

extension Graph {
  /// The parameters that a run leaves as they are.
  package var constantParameters: Set<ValueID> {
    Set(parameters.map(\.value)).subtracting(updates.map(\.parameter))
  }

  /// The nodes that depend on constant parameters only, in order: they are evaluated once, when a model is compiled.
  package var constantNodeIndices: [Int] { nodeIndices(dependingOnlyOn: constantParameters) }

  /// The nodes that depend on `values` only, or on nothing, in order.
  package func nodeIndices(dependingOnlyOn values: Set<ValueID>) -> [Int] {
    var constants = values
    return nodes.indices.filter { index in
      guard nodes[index].operands.allSatisfy(constants.contains) else { return false }
      constants.formUnion(nodes[index].results)
      return true
    }
  }
}
