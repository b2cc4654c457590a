import GraphIR
import Kernels
import LoopIR

extension Tanh: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    hyperbolicTangent(operands[0], in: &builder)
  }
}
