import GraphIR
import Kernels
import LoopIR

extension Clip: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    Epilogue(hasBias: false, activation: .clip(low: low, high: high))
      .activate(operands[0], slope: nil, in: &builder)
  }
}
