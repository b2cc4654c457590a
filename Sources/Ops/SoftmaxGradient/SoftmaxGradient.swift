import GraphIR
import Tensors

/// y * (dy - sum(dy * y)), the sum over the classes of each image: the gradient of a softmax, from its result.
///
/// Operands: dy; y, of the same type.
///
/// (C1) dy is f32 of rank 2, [N, C].
/// (C2) y has its type.
package struct SoftmaxGradient: AttributeFreeOp {
  package static let mnemonic = "softmaxGradient"

  package init() {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 2)
    _ = try operands[0].featureCount(of: Self.self, operand: 0, constraint: "C1")
    try operands[1].check(operands[0], as: "a y", of: Self.self, operand: 1, constraint: "C2")
    return [operands[0]]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (dy, y) = (operands[0].elements, operands[1].elements)
    let (images, classes) = (operands[0].dimensions[0], operands[0].dimensions[1])
    var dx: [Double] = []
    for image in 0..<images {
      let range = image * classes..<(image + 1) * classes
      let sum = range.reduce(0) { $0 + dy[$1] * y[$1] }
      dx += range.map { y[$0] * (dy[$0] - sum) }
    }
    return [Tensor([images, classes], dx)]
  }
}
