import CodeGen
import GraphIR
import Lowering
import Reference

extension Weights {
  /// Writes a constant of a lowered graph into its weights image: a parameter's elements, or what is folded of them in
  /// f64.
  /// - Parameter evaluator: Of the same graph.
  func pack(
    _ constant: Program.Constant, of graph: Graph, _ evaluator: ConstantEvaluator, into image: AlignedBytes
  ) {
    if let parameter = evaluator.parameter(constant.value) {
      self[parameter].withUnsafeElements { constant.pack($0, into: image.bytes) }
    } else {
      let folded = evaluator.tensor(of: constant.value) { tensor(of: $0, in: graph) }
      folded.floats.withUnsafeBufferPointer { constant.pack($0, into: image.bytes) }
    }
  }
}
