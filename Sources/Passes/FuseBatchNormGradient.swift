import GraphIR
import Ops

/// The gradient of a batch norm takes over what makes its dy: the mask of the ReLU behind the batch norm, and before
/// that the addition of a residual's gradient. They are computed while dy is read to be summed up.
///
/// Where it is the batch norm's own result that went through the ReLU, the mask is computed again from x, which is read
/// anyhow. A dy that other nodes read too becomes a result, which is stored as it is summed.
func fuseBatchNormGradient(_ graph: Graph) throws(OpError) -> Graph {
  try Rewriter.rewrite(graph) { (rewriter, id, node) throws(OpError) in
    guard var op = node.op as? BatchNormGradient, op.mask == .none, !op.hasResidual else { return }
    let dy = node.operands[BatchNormGradient.gradientIndex]
    let (mask, addition) = makers(of: dy, in: rewriter)
    guard let last = mask ?? addition, isMade(before: last.id, node.operands.dropFirst(), in: rewriter) else { return }

    let sum = addition?.node.operands ?? Array(last.node.operands.prefix(1))
    var fused = node
    fused.operands = [sum[0]] + node.operands.dropFirst() + sum.dropFirst()
    op.hasResidual = addition != nil
    if let result = mask?.node.operands[1] {
      let bias = bias(ofRectified: result, by: node, in: rewriter)
      op.mask = bias == nil ? .result : .norm
      fused.operands.append(bias ?? result)
    }
    op.givesGradient = rewriter.soleUser(of: dy) != id
    if op.givesGradient { fused.results.append(dy) }
    fused.op = op
    if let addition, mask != nil { rewriter.remove(addition.id) }
    rewriter.remove(last.id)
    try rewriter.replace(id, with: fused)
  }
}

private typealias Maker = (id: NodeID, node: Node)

/// The mask that gives a gradient, and the addition that gives it or what is masked: those that there are.
private func makers(of dy: ValueID, in rewriter: Rewriter) -> (mask: Maker?, addition: Maker?) {
  guard let last = rewriter.producer(of: dy) else { return (nil, nil) }
  if last.node.op is Add { return (nil, last) }
  guard last.node.op is ReLUGradient else { return (nil, nil) }
  let sum = last.node.operands[0]
  guard rewriter.soleUser(of: sum) == last.id, let addition = rewriter.producer(of: sum), addition.node.op is Add else {
    return (last, nil)
  }
  return (last, addition)
}

/// Whether the values are there before a node's results are: what is given is.
private func isMade(before id: NodeID, _ values: ArraySlice<ValueID>, in rewriter: Rewriter) -> Bool {
  values.allSatisfy { value in rewriter.producer(of: value).map { rewriter.precedes($0.id, id) } ?? true }
}

/// The bias of the batch norm whose gradient `node` is, where its result went through the ReLU that gave `result`.
private func bias(ofRectified result: ValueID, by node: Node, in rewriter: Rewriter) -> ValueID? {
  guard let relu = rewriter.producer(of: result)?.node, relu.op is ReLU,
    let norm = rewriter.producer(of: relu.operands[0])?.node, let op = norm.op as? BatchNorm,
    op.epsilon == (node.op as? BatchNormGradient)?.epsilon,
    [BatchNorm.inputIndex, BatchNorm.weightIndex, BatchNorm.meanIndex, BatchNorm.varianceIndex].map({
      norm.operands[$0]
    }) == Array(node.operands.dropFirst())
  else { return nil }
  return norm.operands[BatchNorm.biasIndex]
}
