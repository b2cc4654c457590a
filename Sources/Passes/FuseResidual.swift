import GraphIR
import Ops

/// add(conv(x), r) becomes conv(x) with residual r, where nothing else sees the convolution's result.
///
/// Of two convolutions the one that finishes last takes the addition: when it writes its result, the other operand is
/// there to be read. That operand cannot depend on the convolution, whose only user is the addition; but it may be
/// made later, and then the convolution moves behind it.
func fuseResidual(_ graph: Graph) throws(OpError) -> Graph {
  try Rewriter.rewrite(graph) { (rewriter, id, node) throws(OpError) in
    guard node.op is Add, let index = finishingOperand(of: node, id, in: rewriter),
      let (convID, conv) = rewriter.producer(of: node.operands[index]), var op = conv.op as? Conv2D
    else { return }
    op.hasResidual = true
    guard let residualIndex = op.residualIndex else { return }
    var fused = conv
    fused.op = op
    fused.operands.insert(node.operands[1 - index], at: residualIndex)
    fused.results = node.results
    rewriter.remove(id)
    try rewriter.replace(convID, with: fused)
  }
}

/// Which operand of an addition comes from a convolution that can take it over; of two, the one that stands later.
private func finishingOperand(of add: Node, _ id: NodeID, in rewriter: Rewriter) -> Int? {
  var best: (operand: Int, conv: NodeID)?
  for (index, operand) in add.operands.enumerated() {
    guard rewriter.soleUser(of: operand) == id, let (convID, conv) = rewriter.producer(of: operand),
      let op = conv.op as? Conv2D, !op.hasResidual, op.endsInSum
    else { continue }
    if let best, rewriter.precedes(convID, best.conv) { continue }
    best = (index, convID)
  }
  return best?.operand
}
