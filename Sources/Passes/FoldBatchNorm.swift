import GraphIR
import Ops
import Tensors

/// batchNorm(conv(x, w)) becomes conv(x, w') + b', where w' and b' are computed from parameters when a model is
/// compiled: w' = w * gamma / sqrt(variance + epsilon) and b' = beta + (b - mean) * gamma / sqrt(variance + epsilon).
///
/// Output channels keep their filters whatever the groups are, so grouped convolutions fold alike. A batch norm stays
/// where something else sees the convolution's result, where it does not follow a convolution at once, or where its
/// operands are computed from the network's inputs.
func foldBatchNorm(_ graph: Graph) throws(OpError) -> Graph {
  try Rewriter.rewrite(graph) { (rewriter, id, node) throws(OpError) in
    guard let batchNorm = node.op as? BatchNorm,
      rewriter.soleUser(of: node.operands[BatchNorm.inputIndex]) == id,
      let (convID, conv) = rewriter.producer(of: node.operands[BatchNorm.inputIndex]),
      var op = conv.op as? Conv2D, !op.hasResidual, op.activation == .none,
      (node.operands.dropFirst() + conv.operands.dropFirst()).allSatisfy(rewriter.isConstant)
    else { return }
    let gamma = node.operands[BatchNorm.weightIndex]
    let variance = node.operands[BatchNorm.varianceIndex]
    let weight = try rewriter.append(
      FilterScaling(epsilon: batchNorm.epsilon), [conv.operands[Conv2D.weightIndex], gamma, variance],
      name: node.name, origin: node.origin)
    let oldBias = op.biasIndex.map { [conv.operands[$0]] } ?? []
    let bias = try rewriter.append(
      FoldedBias(epsilon: batchNorm.epsilon, hasBias: op.hasBias),
      [gamma, node.operands[BatchNorm.biasIndex], node.operands[BatchNorm.meanIndex], variance] + oldBias,
      name: node.name, origin: node.origin)

    op.hasBias = true
    var folded = conv
    folded.op = op
    folded.operands = [conv.operands[Conv2D.inputIndex]] + weight + bias
    folded.results = node.results
    rewriter.remove(id)
    try rewriter.replace(convID, with: folded)
  }
}
