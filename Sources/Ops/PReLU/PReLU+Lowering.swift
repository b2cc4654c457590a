import GraphIR
import Kernels
import LoopIR

extension PReLU: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    Epilogue(hasBias: false, activation: .prelu).activate(operands[0], slope: operands[1], in: &builder)
  }
}
