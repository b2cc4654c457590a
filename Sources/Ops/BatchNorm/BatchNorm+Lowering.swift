import GraphIR
import LoopIR

extension BatchNorm: ElementwiseOp {
  /// Only where no convolution precedes it; the others fold into their filters.
  package func lane(_ operands: [Expression], in builder: inout KernelBuilder) -> Expression {
    let (x, scale, shift, mean, variance) = (operands[0], operands[1], operands[2], operands[3], operands[4])
    let deviation = Expression.unary(.squareRoot, variance + .constant(epsilon, x.type))
    return .fusedMultiplyAdd(x - mean, scale / deviation, shift)
  }
}
