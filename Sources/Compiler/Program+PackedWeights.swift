import CodeGen
import GraphIR
import Lowering
import Reference

extension Program {
  /// The packed weights image: parameters, and what is computed from them alone, folded in f64, in the order that
  /// kernels read them.
  func packedWeights(_ weights: Weights, of graph: Graph, threadCount: Int = 1) -> AlignedBytes {
    let image = AlignedBytes(byteCount: weightsByteCount)
    let evaluator = ConstantEvaluator(graph)
    _ = mapInParallel(constants, threadCount: threadCount) { constant in
      if let parameter = evaluator.parameter(constant.value) {
        weights[parameter].withUnsafeElements { constant.pack($0, into: image.bytes) }
      } else {
        let folded = evaluator.tensor(of: constant.value) { weights.tensor(of: $0, in: graph) }
        folded.floats.withUnsafeBufferPointer { constant.pack($0, into: image.bytes) }
      }
    }
    return image
  }
}
