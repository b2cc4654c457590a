import GraphIR
import LoopIR

extension PReLUGradient: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    let (dy, x, slope) = (operands[0], operands[1], operands[2])
    return .select(.compare(.greater, x, .constant(0, x.type)), dy, dy * slope)
  }
}
