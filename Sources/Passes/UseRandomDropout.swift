import GraphIR
import Ops
import Tensors

/// Dropouts drop, by a new input `seed`; each has a number of its own as salt, so that no two drop alike.
///
/// The values behind a dropout are others than before: this is what distinguishes training from inference.
func useRandomDropout(_ graph: Graph) throws(OpError) -> Graph {
  let dropouts = graph.nodes.indices.filter { index in (graph.nodes[index].op as? Dropout).map { $0.rate > 0 } ?? false
  }
  guard !dropouts.isEmpty else { return graph }
  var builder = GraphBuilder(graph)
  let seed = try builder.freshInput(TrainingName.seed, TensorType(.i32, []))
  var result = builder.graph
  for (salt, index) in dropouts.enumerated() {
    guard let dropout = graph.nodes[index].op as? Dropout else { continue }
    result.nodes[index].op = RandomDropout(rate: dropout.rate, salt: salt)
    result.nodes[index].operands.append(seed)
  }
  return result
}
