import GraphIR
import LoopIR

extension Maximum: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    // MAX gives its second operand where one is NaN; the first is looked at here.
    .select(.compare(.equal, operands[0], operands[0]), .max(operands[0], operands[1]), operands[0])
  }
}
