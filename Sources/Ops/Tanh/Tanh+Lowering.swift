import GraphIR
import Kernels
import LoopIR

extension Tanh: ElementwiseOp {
  /// 1 - 2 / (exp(2x) + 1)
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    let type = operands[0].type
    let power = exponential(operands[0] + operands[0], in: &builder)
    return .constant(1, type) - .constant(2, type) / (power + .constant(1, type))
  }
}
