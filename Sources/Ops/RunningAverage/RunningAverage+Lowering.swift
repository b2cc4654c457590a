import GraphIR
import LoopIR

extension RunningAverage: ElementwiseOp {
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    let (old, new) = (operands[0], operands[1])
    return .fusedMultiplyAdd(new, .constant(momentum, new.type), old * .constant(1 - momentum, old.type))
  }
}
