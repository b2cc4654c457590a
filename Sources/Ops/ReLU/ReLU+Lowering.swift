import GraphIR
import Kernels
import LoopIR

extension ReLU: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    Epilogue(hasBias: false, activation: .relu).activate(operands[0], slope: nil, in: &builder)
  }
}
