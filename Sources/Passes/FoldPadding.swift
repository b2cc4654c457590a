import GraphIR
import Ops

/// conv(pad(x)) becomes conv(x) with more padding, and pad(pad(x)) one pad: both pad with zeros. Pools stay behind
/// their pads: theirs is no padding with zeros.
func foldPadding(_ graph: Graph) throws(OpError) -> Graph {
  try Rewriter.rewrite(graph) { (rewriter, id, node) throws(OpError) in
    guard let input = node.operands.first, let (padID, pad) = rewriter.producer(of: input),
      let inner = pad.op as? Pad2D, let op = padded(node.op, by: inner.padding)
    else { return }
    var folded = node
    folded.op = op
    folded.operands[0] = pad.operands[0]
    try rewriter.replace(id, with: folded)
    rewriter.removeIfUnused(padID)
  }
}

/// The op on an input without `padding` around it; nil where it cannot pad, or not so much.
private func padded(_ op: any Op, by padding: Padding2D) -> (any Op)? {
  switch op {
  case var conv as Conv2D:
    guard let sum = conv.padding.adding(padding) else { return nil }
    conv.padding = sum
    return conv
  case let pad as Pad2D: return pad.padding.adding(padding).map(Pad2D.init)
  default: return nil
  }
}

extension Padding2D {
  /// nil where a side would exceed what ops allow.
  fileprivate func adding(_ other: Padding2D) -> Padding2D? {
    let sum = Padding2D(
      top: top + other.top, left: left + other.left, bottom: bottom + other.bottom, right: right + other.right)
    return max(sum.top, sum.left, sum.bottom, sum.right) <= SizeLimit.extent ? sum : nil
  }
}
