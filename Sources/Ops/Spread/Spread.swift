import GraphIR
import OrderedCollections
import Tensors

/// Elements `stride` apart from the first row and column on, with zeros between and behind: the gradient of
/// `Subsample`.
///
/// (C1) The operand is f32 of rank 4, [N, C, H, W].
/// (C2) Strides and size, [rows, columns] of the result, are at least 1.
/// (C3) A result of this size, subsampled, has the operand's size.
package struct Spread: Op {
  package static let mnemonic = "spread"

  package var size: Extent2D
  package var stride: Extent2D

  package init(size: Extent2D, stride: Extent2D) {
    self.size = size
    self.stride = stride
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    size = Extent2D(try reader.ints("size", count: 2))
    stride = Extent2D(try reader.ints("stride", count: 2))
    try reader.finish()
  }

  package var attributes: Attributes { ["size": size.attribute, "stride": stride.attribute] }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    var maps = try FeatureMaps(operands[0], of: Self.self)
    try size.check("size", of: Self.self, constraint: "C2")
    try stride.check("stride", of: Self.self, constraint: "C2")
    maps.size = size
    let expected = try Subsample(stride: stride).resultTypes([maps.type])[0]
    try operands[0].check(expected, as: "an input", of: Self.self, operand: 0, constraint: "C3")
    return [maps.type]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let columnCount = size.columns
    return [
      operands[0].scatterPlanes(toRows: size.rows, columns: size.columns) { element, row, column, _, target in
        target[row * stride.rows * columnCount + column * stride.columns] = element
      }
    ]
  }
}
