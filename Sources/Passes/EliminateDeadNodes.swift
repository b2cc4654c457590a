import GraphIR

/// Leaves out the nodes whose results reach no output and no update. Parameters stay: they say what a weights file holds.
func eliminateDeadNodes(_ graph: Graph) throws(OpError) -> Graph {
  var isLive = Array(repeating: false, count: graph.types.count)
  for value in graph.outputs.map(\.value) + graph.updates.map(\.value) { isLive[value.index] = true }
  var kept: [Node] = []
  for node in graph.nodes.reversed() where node.results.contains(where: { isLive[$0.index] }) {
    for operand in node.operands { isLive[operand.index] = true }
    kept.append(node)
  }
  var result = graph
  result.nodes = kept.reversed()
  return result
}
