import GraphIR
import Tensors

/// The sum of each channel over images, rows and columns: the gradient of what is added to whole channels.
///
/// (C1) The operand is f32 of rank 2 or 4: [N, C] or [N, C, H, W].
package struct ChannelSum: AttributeFreeOp {
  package static let mnemonic = "channelSum"

  package init() {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    return [TensorType(.f32, [.fixed(try operands[0].channelCount(of: Self.self))])]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    [operands[0].sumsByChannel { _, _, element in element }]
  }
}
