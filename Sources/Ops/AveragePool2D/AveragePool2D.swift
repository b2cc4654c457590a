import GraphIR
import OrderedCollections
import Tensors

/// The mean of each window.
///
/// Operand: input [N, C, H, W].
///
/// (C1) The input is f32 of rank 4, [N, C, H, W].
/// (C2) Kernel and strides are at least 1; paddings at least 0, and at most half the kernel.
/// (C3) The kernel fits into the padded input.
package struct AveragePool2D: Op {
  package static let mnemonic = "averagePool"

  package var pooling: Pooling
  /// Whether padding counts as zeros; what hangs over the padded input never counts.
  package var countPadding: Bool

  package init(_ pooling: Pooling, countPadding: Bool = true) {
    self.pooling = pooling
    self.countPadding = countPadding
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    pooling = try Pooling(&reader)
    countPadding = try reader.bool("countPadding", default: true)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes = pooling.attributes
    attributes.append("countPadding", .bool(countPadding), default: .bool(true))
    return attributes
  }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try pooling.resultTypes(operands, of: Self.self)
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    [
      pooling.reduceWindows(of: operands[0]) { window, paddedCount in
        window.sum / Double(countPadding ? paddedCount : window.elementCount)
      }
    ]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    let size = try FeatureMaps(builder.graph.type(of: node.operands[0]), of: Self.self).size
    let op = AveragePoolGradient(size: size, pooling, countPadding: countPadding)
    return [try builder.append(op, [dy], for: node)]
  }

  package static let surface = Surface(
    "averagePool", "The mean of each window.",
    parameters: Pooling.surfaceParameters + [
      Surface.Parameter("countPadding", .bool, default: .bool(true), "Whether padding counts as zeros.")
    ]
  ) { (call) throws(OpError) in
    try call.append(AveragePool2D(Pooling(call), countPadding: call.bool("countPadding")), [call.tensor("x")])
  }
}
