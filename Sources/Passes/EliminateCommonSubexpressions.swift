import GraphIR
import Tensors

/// A node that computes what an earlier one computed, by the same op from the same operands, gives way to it. Every op
/// is a function of its operands, so this needs no list of ops.
func eliminateCommonSubexpressions(_ graph: Graph) throws(OpError) -> Graph {
  var known: [Expression: [ValueID]] = [:]
  return try Rewriter.rewrite(graph) { (rewriter, id, node) throws(OpError) in
    let expression = Expression(op: AnyHashable(node.op), operands: node.operands)
    guard let results = known.updateValue(node.results, forKey: expression) else { return }
    known[expression] = results
    for (result, replacement) in zip(node.results, results) { rewriter.replaceUses(of: result, with: replacement) }
    rewriter.remove(id)
  }
}

private struct Expression: Hashable {
  var op: AnyHashable
  var operands: [ValueID]
}
