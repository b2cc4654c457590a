import GraphIR
import Tensors

/// The mean of each of `bins.size` bins.
///
/// Operand: input [N, C, H, W].
///
/// (C1) The input is f32 of rank 4, [N, C, H, W].
/// (C2) The size is at least 1 x 1.
package struct AdaptiveAveragePool: Op {
  package static let mnemonic = "adaptiveAveragePool"

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
    [bins.reduceBins(of: operands[0]) { bin in bin.sum / Double(bin.elementCount) }]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    let size = try FeatureMaps(builder.graph.type(of: node.operands[0]), of: Self.self).size
    return [try builder.append(AdaptiveAveragePoolGradient(size: size), [dy], for: node)]
  }

  package static let surface = Surface(
    mnemonic, "The mean of each of size bins.", parameters: AdaptiveBins.surfaceParameters
  ) { (call) throws(OpError) in
    try call.append(AdaptiveAveragePool(size: Extent2D(call.pair("size"))), [call.tensor("x")])
  }
}
