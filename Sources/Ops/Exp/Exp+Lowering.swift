import GraphIR
import Kernels
import LoopIR

extension Exp: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    exponential(operands[0], in: &builder)
  }
}
