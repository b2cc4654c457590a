import GraphIR
import Tensors

/// The largest element of each of `bins.size` bins, NaN where it has one.
///
/// Operand: input [N, C, H, W].
///
/// (C1) The input is f32 of rank 4, [N, C, H, W].
/// (C2) The size is at least 1 x 1.
package struct AdaptiveMaxPool: Op {
  package static let mnemonic = "adaptiveMaxPool"

  package var bins: AdaptiveBins

  package init(size: Extent2D) { bins = AdaptiveBins(size: size) }

  package init(attributes: Attributes) throws(OpError) {
    bins = try AdaptiveBins(attributes: attributes, of: Self.self)
  }

  package var attributes: Attributes { bins.attributes }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try bins.resultTypes(operands, of: Self.self)
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    [bins.reduceBins(of: operands[0]) { bin in bin.largest }]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [try builder.append(AdaptiveMaxPoolGradient(), [dy, node.operands[0]], for: node)]
  }

  package static let surface = Surface(
    mnemonic, "The largest element of each of size bins, NaN where it has one.",
    parameters: AdaptiveBins.surfaceParameters
  ) { (call) throws(OpError) in
    try call.append(AdaptiveMaxPool(size: Extent2D(call.pair("size"))), [call.tensor("x")])
  }
}
