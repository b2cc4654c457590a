import GraphIR
import Ops

/// Batch norms normalise by the statistics of their batch, and their running statistics take those in. The batch norms
/// whose statistics are frozen stay as they are.
///
/// The values behind such a batch norm are others than before: this is what distinguishes training from inference.
func useBatchStatistics(
  _ graph: Graph, isFrozen: (_ parameter: String) -> Bool = { _ in false }
) throws(OpError) -> Graph {
  let statistics = graph.parameters.filter { $0.role == .statistic && !isFrozen($0.name) }
  // What each running statistic holds so far: two batch norms may share one.
  var current = Dictionary(uniqueKeysWithValues: statistics.map { ($0.value, $0.value) })
  var bare = graph
  bare.nodes = []
  var builder = GraphBuilder(bare)
  for var node in graph.nodes {
    let (mean, variance) = (BatchNorm.meanIndex, BatchNorm.varianceIndex)
    guard var batchNorm = node.op as? BatchNorm, !batchNorm.usesBatch,
      let oldMean = current[node.operands[mean]], let oldVariance = current[node.operands[variance]]
    else {
      builder.append(node)
      continue
    }
    let own = try builder.append(
      BatchStatistics(), [node.operands[BatchNorm.inputIndex]], name: node.name, origin: node.origin)
    let average = RunningAverage(momentum: batchNorm.momentum)
    for (operand, old, new) in [
      (mean, oldMean, own[BatchStatistics.meanIndex]),
      (variance, oldVariance, own[BatchStatistics.sampleVarianceIndex]),
    ] {
      let updated = try builder.append(average, [old, new], for: node)
      current[node.operands[operand]] = updated
      builder.update(node.operands[operand], to: updated)
    }
    batchNorm.usesBatch = true
    node.op = batchNorm
    node.operands[mean] = own[BatchStatistics.meanIndex]
    node.operands[variance] = own[BatchStatistics.varianceIndex]
    builder.append(node)
  }
  return builder.graph
}
