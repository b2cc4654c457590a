import GraphIR
import LoopIR

extension Subtract: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    operands[0] - operands[1]
  }
}
