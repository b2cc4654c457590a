import GraphIR
import Ops
import Tensors

/// relu(conv(x)) becomes conv(x) with the activation in its epilogue, where nothing else sees the result before the
/// activation.
func fuseActivation(_ graph: Graph) throws(OpError) -> Graph {
  try Rewriter.rewrite(graph) { (rewriter, id, node) throws(OpError) in
    guard let activation = Activation(of: node.op), let input = node.operands.first,
      rewriter.soleUser(of: input) == id, let (producerID, producer) = rewriter.producer(of: input),
      let op = fused(producer.op, with: activation)
    else { return }
    var fused = producer
    fused.op = op
    // A PReLU's slope follows its input, and is the last operand of what it fuses into.
    fused.operands += node.operands.dropFirst()
    fused.results = node.results
    rewriter.remove(id)
    try rewriter.replace(producerID, with: fused)
  }
}

/// The op with the activation after it; nil where it cannot take one, or has one.
private func fused(_ op: any Op, with activation: Activation) -> (any Op)? {
  guard var conv = op as? Conv2D, conv.endsInSum else { return nil }
  conv.activation = activation
  return conv
}

extension Activation {
  /// The activation that an op of its own computes; nil for other ops.
  fileprivate init?(of op: any Op) {
    switch op {
    case is ReLU: self = .relu
    case let clip as Clip: self = .clip(low: clip.low, high: clip.high)
    case is PReLU: self = .prelu
    default: return nil
    }
  }
}
