import GraphIR
import Tensors

/// dy, or slope * dy where x is not positive: the gradient of a PReLU's input.
///
/// Operands: dy; x, the PReLU's input; slope [C].
///
/// (C1) dy is f32 of rank 2 or 4: [N, C] or [N, C, H, W].
/// (C2) x has its type.
/// (C3) The slope is f32[C].
package struct PReLUGradient: AttributeFreeOp {
  package static let mnemonic = "preluGradient"

  package init() {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 3)
    let perChannel = TensorType(.f32, [.fixed(try operands[0].channelCount(of: Self.self))])
    try operands[1].check(operands[0], as: "an x", of: Self.self, operand: 1, constraint: "C2")
    try operands[2].check(perChannel, as: "a slope", of: Self.self, operand: 2, constraint: "C3")
    return [operands[0]]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    var dx = operands[0]
    let (x, slope) = (operands[1].elements, operands[2].elements)
    var start = 0
    dx.mapPlanes { channel, plane in
      for index in plane.indices where !(x[start + index] > 0) { plane[index] *= slope[channel] }
      start += plane.count
    }
    return [dx]
  }
}
