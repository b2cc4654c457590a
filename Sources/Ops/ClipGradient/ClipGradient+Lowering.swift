import GraphIR
import LoopIR

extension ClipGradient: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    let (dy, x) = (operands[0], operands[1])
    let isInside = Expression.binary(
      .and, .compare(.less, .constant(low, x.type), x), .compare(.less, x, .constant(high, x.type)))
    return .select(isInside, dy, .constant(0, dy.type))
  }
}
