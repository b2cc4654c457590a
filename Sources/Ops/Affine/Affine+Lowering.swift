import GraphIR
import LoopIR

extension Affine: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    let type = operands[0].type
    return .fusedMultiplyAdd(operands[0], .constant(scale, type), .constant(shift, type))
  }
}
