import GraphIR
import LoopIR

extension Minimum: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    // MIN gives its second operand where one is NaN; the first is looked at here.
    .select(.compare(.equal, operands[0], operands[0]), .min(operands[0], operands[1]), operands[0])
  }
}
