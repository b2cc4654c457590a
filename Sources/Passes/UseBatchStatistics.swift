import GraphIR
import Ops

/// Batch norms normalise by the statistics of their batch, and their running statistics take those in. The batch norms
/// whose statistics are frozen stay as they are.
///
/// The values behind such a batch norm are others than before: this is what distinguishes training from inference.
func useBatchStatistics(
  _ graph: Graph, isFrozen: (_ parameter: String) -> Bool = { _ in false }
) throws(OpError) -> Graph {
  let statistics = Set(graph.parameters.filter { $0.role == .statistic && !isFrozen($0.name) }.map(\.value))
  var bare = graph
  bare.nodes = []
  var builder = GraphBuilder(bare)
  var batchNorms: [(node: Node, batch: [ValueID])] = []
  for var node in graph.nodes {
    if var batchNorm = node.op as? BatchNorm, !batchNorm.usesBatch,
      statistics.isSuperset(of: [node.operands[BatchNorm.meanIndex], node.operands[BatchNorm.varianceIndex]])
    {
      let input = node.operands[BatchNorm.inputIndex]
      let batch = try builder.append(BatchStatistics(), [input], name: node.name, origin: node.origin)
      batchNorms.append((node, batch))
      batchNorm.usesBatch = true
      node.op = batchNorm
      node.operands[BatchNorm.meanIndex] = batch[BatchStatistics.meanIndex]
      node.operands[BatchNorm.varianceIndex] = batch[BatchStatistics.varianceIndex]
    }
    builder.append(node)
  }
  for (node, batch) in batchNorms { try builder.updateStatistics(of: node, with: batch) }
  return builder.graph
}

extension GraphBuilder {
  /// Lets the running statistics of a batch norm, as it was written, take in those of a batch. Two batch norms may
  /// share running statistics, which then take in one after the other.
  ///
  /// These nodes stand behind all others, so that no parameter changes before the loss is known.
  fileprivate mutating func updateStatistics(of node: Node, with batch: [ValueID]) throws(OpError) {
    guard let batchNorm = node.op as? BatchNorm else { return }
    for (operand, result) in [
      (BatchNorm.meanIndex, BatchStatistics.meanIndex), (BatchNorm.varianceIndex, BatchStatistics.sampleVarianceIndex),
    ] {
      let statistic = node.operands[operand]
      let old = graph.updates.first { $0.parameter == statistic }?.value ?? statistic
      update(statistic, to: try append(RunningAverage(momentum: batchNorm.momentum), [old, batch[result]], for: node))
    }
  }
}
