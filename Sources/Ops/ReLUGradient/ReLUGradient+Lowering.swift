import GraphIR
import LoopIR

extension ReLUGradient: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    let zero = Expression.constant(0, operands[0].type)
    return .select(.compare(.greater, operands[1], zero), operands[0], zero)
  }
}
