import GraphIR
import Ops
import Tensors

/// Nodes that pass their input through unchanged at inference leave the graph: dropout, a flatten of what is flat, a
/// padding by nothing, and the like.
func eliminateIdentities(_ graph: Graph) throws(OpError) -> Graph {
  try Rewriter.rewrite(graph) { (rewriter, id, node) throws(OpError) in
    guard node.operands.count == 1, node.results.count == 1,
      rewriter.type(of: node.operands[0]) == rewriter.type(of: node.results[0]),
      isIdentity(node.op, on: rewriter.producer(of: node.operands[0])?.node.op)
    else { return }
    rewriter.replaceUses(of: node.results[0], with: node.operands[0])
    rewriter.remove(id)
  }
}

/// Whether an op that keeps its operand's type keeps its elements too, `producer` being the op that makes the operand.
private func isIdentity(_ op: any Op, on producer: (any Op)?) -> Bool {
  switch op {
  // Of the same type, they cannot have changed anything.
  case is Dropout, is Flatten, is Concat, is Pad2D, is PadChannels, is Subsample, is AdaptiveAveragePool,
    is AdaptiveMaxPool:
    true
  case let affine as Affine: affine.scale == 1 && affine.shift == 0
  case let clip as Clip: clip.low == -.infinity && clip.high == .infinity
  case let pool as MaxPool2D: pool.pooling.isIdentity
  case let pool as AveragePool2D: pool.pooling.isIdentity
  case is ReLU: producer is ReLU
  default: false
  }
}

extension Pooling {
  /// Whether every window is one element of the input.
  fileprivate var isIdentity: Bool { kernel == .one && stride == .one && padding == .zero }
}
