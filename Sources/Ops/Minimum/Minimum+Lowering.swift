import GraphIR
import LoopIR

extension Minimum: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    .min(operands[0], operands[1])
  }
}
