import GraphIR
import Kernels
import LoopIR

extension Sigmoid: ElementwiseOp {
  /// 1 / (1 + exp(-x))
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    let one = Expression.constant(1, operands[0].type)
    return one / (one + exponential(.unary(.negate, operands[0]), in: &builder))
  }
}
