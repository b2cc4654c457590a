import GraphIR
import LoopIR

extension Maximum: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    .max(operands[0], operands[1])
  }
}
