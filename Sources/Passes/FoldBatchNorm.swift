import GraphIR
import Ops
import Tensors

/// batchNorm(conv(x, w)) becomes conv(x, w') + b', where w' and b' are computed from parameters when a model is
/// compiled: w' = w * gamma / sqrt(variance + epsilon) and b' = beta + (b - mean) * gamma / sqrt(variance + epsilon).
/// Linear layers fold alike.
///
/// Output channels keep their filters whatever the groups are, so grouped convolutions fold alike too. A batch norm
/// stays where something else sees the layer's result, where it does not follow a layer at once, or where its operands
/// are computed from the network's inputs.
func foldBatchNorm(_ graph: Graph) throws(OpError) -> Graph {
  try Rewriter.rewrite(graph) { (rewriter, id, node) throws(OpError) in
    guard let batchNorm = node.op as? BatchNorm,
      rewriter.soleUser(of: node.operands[BatchNorm.inputIndex]) == id,
      let (layerID, layer) = rewriter.producer(of: node.operands[BatchNorm.inputIndex]),
      let (op, biasIndex) = biased(layer.op),
      (node.operands.dropFirst() + layer.operands.dropFirst()).allSatisfy(rewriter.isConstant)
    else { return }
    let gamma = node.operands[BatchNorm.weightIndex]
    let variance = node.operands[BatchNorm.varianceIndex]
    let weight = try rewriter.append(
      FilterScaling(epsilon: batchNorm.epsilon), [layer.operands[1], gamma, variance], name: node.name,
      origin: node.origin)
    let oldBias = biasIndex.map { [layer.operands[$0]] } ?? []
    let bias = try rewriter.append(
      FoldedBias(epsilon: batchNorm.epsilon, hasBias: biasIndex != nil),
      [gamma, node.operands[BatchNorm.biasIndex], node.operands[BatchNorm.meanIndex], variance] + oldBias,
      name: node.name, origin: node.origin)

    var folded = layer
    folded.op = op
    folded.operands = [layer.operands[0]] + weight + bias
    folded.results = node.results
    rewriter.remove(id)
    try rewriter.replace(layerID, with: folded)
  }
}

/// The layer with a bias after its input and weight, and where its bias is so far; nil for an op that scaling a
/// weight and adding a bias does not scale and shift.
private func biased(_ op: any Op) -> (op: any Op, biasIndex: Int?)? {
  switch op {
  case var conv as Conv2D where !conv.hasResidual && conv.endsInSum:
    let biasIndex = conv.biasIndex
    conv.hasBias = true
    return (conv, biasIndex)
  case let linear as Linear: return (Linear(hasBias: true), linear.hasBias ? 2 : nil)
  default: return nil
  }
}
