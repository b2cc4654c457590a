import GraphIR
import OrderedCollections
import Tensors

/// Every element of a channel gets an equal share of its mean's gradient: [N, C] to [N, C, H, W].
///
/// (C1) The operand is f32 of rank 2, [N, C].
/// (C2) The size, [rows, columns] of what was pooled, is at least 1 x 1.
package struct GlobalAveragePoolGradient: Op {
  package static let mnemonic = "globalAveragePoolGradient"

  package var size: Extent2D

  package init(size: Extent2D) { self.size = size }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    size = Extent2D(try reader.ints("size", count: 2))
    try reader.finish()
  }

  package var attributes: Attributes { ["size": size.attribute] }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    let channels = try operands[0].featureCount(of: Self.self, operand: 0, constraint: "C1")
    try size.check("size", of: Self.self, constraint: "C2")
    return [FeatureMaps(batch: operands[0].shape[0], channels: channels, size: size).type]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let count = size.rows * size.columns
    let elements = operands[0].elements.flatMap { [Double](repeating: $0 / Double(count), count: count) }
    return [Tensor(operands[0].dimensions + [size.rows, size.columns], elements)]
  }
}
