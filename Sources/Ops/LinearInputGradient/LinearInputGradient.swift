import GraphIR
import Tensors

/// dy · weight: the gradient of a fully connected layer's input.
///
/// Operands: dy [N, O]; weight [O, I]. Result: [N, I].
///
/// (C1) dy is f32 of rank 2, [N, O].
/// (C2) The weight is f32[O, I].
package struct LinearInputGradient: AttributeFreeOp {
  package static let mnemonic = "linearInputGradient"

  package init() {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 2)
    let outputs = try operands[0].featureCount(of: Self.self, operand: 0, constraint: "C1")
    let weight = operands[1].shape.dimensions.compactMap(\.fixedExtent)
    guard operands[1].element == .f32, operands[1].shape.rank == 2, weight.count == 2, weight[0] == outputs else {
      throw OpError(
        "\(Self.mnemonic) of \(outputs) features needs a weight of [\(outputs), I]; got \(operands[1])",
        constraint: "C2", operand: 1)
    }
    return [TensorType(.f32, [operands[0].shape[0], .fixed(weight[1])])]
  }

  package func multiplyAdds(_ operands: [TensorType], _ results: [TensorType]) -> Int {
    operands[1].shape.elementCountPerImage ?? 0
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (dy, weight) = (operands[0], operands[1])
    let (images, outputs, inputs) = (dy.dimensions[0], weight.dimensions[0], weight.dimensions[1])
    let product = gemm.multiply(dy.elements, weight.elements, rows: images, inner: outputs, columns: inputs)
    return [Tensor([images, inputs], product)]
  }
}
