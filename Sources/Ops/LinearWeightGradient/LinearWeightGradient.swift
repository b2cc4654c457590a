import GraphIR
import Tensors

/// dyᵀ · x: the gradient of a fully connected layer's weight.
///
/// Operands: x [N, I]; dy [N, O]. Result: [O, I].
///
/// (C1) x is f32 of rank 2, [N, I].
/// (C2) dy is f32 of rank 2, [N, O], of the same batch.
package struct LinearWeightGradient: AttributeFreeOp {
  package static let mnemonic = "linearWeightGradient"

  package init() {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 2)
    let inputs = try operands[0].featureCount(of: Self.self, operand: 0, constraint: "C1")
    let outputs = try operands[1].featureCount(of: Self.self, operand: 1, constraint: "C2")
    let expected = TensorType(.f32, [operands[0].shape[0], .fixed(outputs)])
    try operands[1].check(expected, as: "a dy", of: Self.self, operand: 1, constraint: "C2")
    return [TensorType(.f32, [.fixed(outputs), .fixed(inputs)])]
  }

  package func multiplyAdds(_ operands: [TensorType], _ results: [TensorType]) -> Int {
    results[0].shape.elementCountPerImage ?? 0
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (x, dy) = (operands[0], operands[1])
    let (images, inputs, outputs) = (x.dimensions[0], x.dimensions[1], dy.dimensions[1])
    let product = gemm.multiply(
      transposed(dy.elements, rows: images, columns: outputs), x.elements, rows: outputs, inner: images,
      columns: inputs)
    return [Tensor([outputs, inputs], product)]
  }
}
