import GraphIR
import Ops

/// Chains of arithmetic with numbers become one step: affine(affine(x)) and clip(clip(x)), ReLU counting as a clip.
///
/// Arithmetic on parameters alone needs no pass: such nodes (`Graph.constantNodeIndices`) are evaluated once when a
/// model is compiled, since a graph never holds elements.
func foldConstants(_ graph: Graph) throws(OpError) -> Graph {
  try Rewriter.rewrite(graph) { (rewriter, id, node) throws(OpError) in
    // Where something else sees the inner result, its input would get a second user, which fusions shy away from.
    guard let input = node.operands.first, rewriter.soleUser(of: input) == id,
      let (innerID, inner) = rewriter.producer(of: input), let op = composed(node.op, after: inner.op)
    else { return }
    var folded = node
    folded.op = op
    folded.operands = inner.operands
    try rewriter.replace(id, with: folded)
    rewriter.remove(innerID)
  }
}

/// One op that does what `outer` does to the result of `inner`; nil where there is none.
private func composed(_ outer: any Op, after inner: any Op) -> (any Op)? {
  if let outer = outer as? Affine, let inner = inner as? Affine {
    // (x * a + b) * c + d = x * (a * c) + (b * c + d)
    let op = Affine(scale: inner.scale * outer.scale, shift: inner.shift * outer.scale + outer.shift)
    return op.scale.isFinite && op.shift.isFinite ? op : nil
  }
  if let outer = Clip(of: outer), let inner = Clip(of: inner) {
    let op = Clip(low: outer.apply(inner.low), high: outer.apply(inner.high))
    return op == Clip(of: ReLU()) ? ReLU() : op
  }
  return nil
}

extension Clip {
  /// The clip that an op computes; nil for other ops.
  fileprivate init?(of op: any Op) {
    switch op {
    case let clip as Clip: self = clip
    case is ReLU: self.init(low: 0, high: .infinity)
    default: return nil
    }
  }
}
