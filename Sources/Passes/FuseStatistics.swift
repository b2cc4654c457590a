import GraphIR
import Ops

/// batchStatistics(conv(x)) becomes results of the convolution, which gathers them while it writes its result.
func fuseStatistics(_ graph: Graph) throws(OpError) -> Graph {
  try Rewriter.rewrite(graph) { (rewriter, id, node) throws(OpError) in
    guard node.op is BatchStatistics, let (convID, conv) = rewriter.producer(of: node.operands[0]),
      var op = conv.op as? Conv2D, !op.givesStatistics
    else { return }
    op.givesStatistics = true
    var fused = conv
    fused.op = op
    fused.results += node.results
    rewriter.remove(id)
    try rewriter.replace(convID, with: fused)
  }
}
