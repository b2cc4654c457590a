import GraphIR
import LoopIR

extension Dropout: ElementwiseOp {
  /// The identity: compiled networks infer.
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    operands[0]
  }
}
