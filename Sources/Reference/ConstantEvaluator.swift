import GraphIR
import Tensors

/// Computes values of one graph that depend on its parameters alone, each for itself, so that several can be computed
/// at a time.
package struct ConstantEvaluator: Sendable {
  private let graph: Graph
  private let index: GraphIndex

  package init(_ graph: Graph) {
    self.graph = graph
    index = GraphIndex(graph)
  }

  /// The parameter that `value` is, if it is one.
  package func parameter(_ value: ValueID) -> Parameter? {
    if case .parameter(let position) = index.definition(of: value) { graph.parameters[position] } else { nil }
  }

  /// The value, in f64. `elements` gives a parameter's elements. The chain of nodes behind a value can be as long as a
  /// network file makes it, so it is walked without recursion; what is no longer needed is freed on the way.
  package func tensor(of value: ValueID, elements: (Parameter) throws -> Tensor) rethrows -> Tensor {
    let nodes = nodes(behind: value)
    var remainingUses: [ValueID: Int] = [value: 1]
    for operand in nodes.flatMap(\.operands) { remainingUses[operand, default: 0] += 1 }
    var values: [ValueID: Tensor] = [:]
    func load(_ value: ValueID) throws {
      if values[value] == nil, let parameter = parameter(value) { values[value] = try elements(parameter) }
    }
    for node in nodes {
      for operand in node.operands { try load(operand) }
      let results = node.op.evaluate(node.operands.compactMap { values[$0] }, gemm: OpenBLAS())
      for (value, result) in zip(node.results, results) { values[value] = result }
      for operand in node.operands {
        remainingUses[operand, default: 0] -= 1
        if remainingUses[operand] == 0 { values[operand] = nil }
      }
    }
    try load(value)
    guard let tensor = values[value] else { preconditionFailure("the value depends on an input") }
    return tensor
  }

  /// The nodes that a value needs, in the graph's order, in which operands come first.
  private func nodes(behind value: ValueID) -> [Node] {
    var found: Set<Int> = []
    var pending = [value]
    while let next = pending.popLast() {
      if let producer = index.producer(of: next), found.insert(producer).inserted {
        pending += graph.nodes[producer].operands
      }
    }
    return found.sorted().map { graph.nodes[$0] }
  }
}
