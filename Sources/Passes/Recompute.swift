import GraphIR
import Ops
import Tensors

/// A value of the forward pass that the backward pass reads, and what computing it a second time takes.
package struct RecomputableValue: Hashable, Sendable {
  package var value: ValueID
  /// The nodes that make it from values that the backward pass reads otherwise, by index, in order.
  package var nodes: [Int]
  /// Multiply-adds of those nodes for one image.
  package var multiplyAdds: Int
}

/// The backward pass computes `values` of the forward pass anew instead of keeping them: its uses of each become those
/// of a clone, which is made right before the first of them. A graph without a backward pass stays as it is.
///
/// A clone reads clones of what is recomputed itself, and of what the backward pass has no other use for. All else it
/// reads is kept: statistics of a batch, which so are gathered once, and weights, which is why their updates are placed
/// afterwards. So a clone has the bits of its original.
package func recompute(_ graph: Graph, _ values: Set<ValueID>) throws(OpError) -> Graph {
  guard let boundary = try BackwardBoundary(graph) else { return graph }
  let kept = boundary.values.subtracting(values)
  var bare = graph
  bare.nodes = Array(graph.nodes[..<boundary.start])
  var builder = GraphBuilder(bare)
  var clones: [ValueID: ValueID] = [:]
  for var node in graph.nodes[boundary.start...] {
    let missing = node.operands.filter { values.contains($0) && clones[$0] == nil }
    for index in boundary.nodes(making: missing, from: { kept.contains($0) || clones[$0] != nil }) {
      let original = graph.nodes[index]
      let results = try builder.append(
        original.op, original.operands.map { clones[$0] ?? $0 }, name: original.name, origin: original.origin)
      clones.merge(zip(original.results, results)) { made, _ in made }
    }
    node.operands = node.operands.map { values.contains($0) ? clones[$0] ?? $0 : $0 }
    builder.append(node)
  }
  return try eliminateDeadNodes(builder.graph)
}

/// The values that `recompute` takes, in the order in which they are made.
package func recomputableValues(of graph: Graph) throws(OpError) -> [RecomputableValue] {
  guard let boundary = try BackwardBoundary(graph) else { return [] }
  return boundary.values.sorted { (boundary.producers[$0] ?? 0) < (boundary.producers[$1] ?? 0) }.map { value in
    let nodes = boundary.nodes(making: [value]) { boundary.values.contains($0) }
    let counts = nodes.map { index in
      let node = graph.nodes[index]
      return node.op.multiplyAdds(node.operands.map(graph.type(of:)), node.results.map(graph.type(of:)))
    }
    return RecomputableValue(value: value, nodes: nodes, multiplyAdds: counts.reduce(0, +))
  }
}

/// Recomputes all that takes no multiply-adds: sweeps over memory.
func recomputeSweeps(_ graph: Graph) throws(OpError) -> Graph {
  try recompute(graph, Set(recomputableValues(of: graph).filter { $0.multiplyAdds == 0 }.map(\.value)))
}

/// Where the backward pass of a graph begins, and what of the forward pass it reads.
private struct BackwardBoundary {
  /// The first node behind the loss.
  let start: Int
  /// The nodes of the forward pass that make values with a batch, by value.
  let producers: [ValueID: Int]
  /// Those of the values that the backward pass reads.
  let values: Set<ValueID>
  private let graph: Graph

  /// nil where the graph has no loss.
  init?(_ graph: Graph) throws(OpError) {
    guard let loss = try graph.loss(), let last = graph.nodes.firstIndex(where: { $0.results.contains(loss) }) else {
      return nil
    }
    self.graph = graph
    start = last + 1
    var producers: [ValueID: Int] = [:]
    for (index, node) in graph.nodes[...last].enumerated() {
      for result in node.results where graph.type(of: result).shape.isBatched { producers[result] = index }
    }
    self.producers = producers
    values = Set(graph.nodes[start...].flatMap(\.operands).filter { producers[$0] != nil })
  }

  /// The nodes of the forward pass that make `values` from those that there are, in order.
  func nodes(making values: [ValueID], from isThere: (ValueID) -> Bool) -> [Int] {
    var found: Set<Int> = []
    var pending = values.compactMap { producers[$0] }
    while let index = pending.popLast() {
      guard found.insert(index).inserted else { continue }
      pending += graph.nodes[index].operands.filter { !isThere($0) }.compactMap { producers[$0] }
    }
    return found.sorted()
  }
}
