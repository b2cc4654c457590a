import GraphIR
import LoopIR

extension Multiply: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    operands[0] * operands[1]
  }
}
