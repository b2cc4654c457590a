import GraphIR
import OrderedCollections
import Tensors

/// Every element of a bin gets an equal share of its mean's gradient. Bins may overlap.
///
/// Operand: dy, with an element for each bin.
///
/// (C1) dy is f32 of rank 4, [N, C, H, W].
/// (C2) The size, [rows, columns] of what was pooled, is at least 1 x 1.
package struct AdaptiveAveragePoolGradient: Op {
  package static let mnemonic = "adaptiveAveragePoolGradient"

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
    var maps = try FeatureMaps(operands[0], of: Self.self)
    try size.check("size", of: Self.self, constraint: "C2")
    maps.size = size
    return [maps.type]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    [
      AdaptiveBins.scatter(operands[0], onto: size) { element, bin, _, target in
        let share = element / Double(bin.elementCount)
        bin.forEachIndex { target[$0] += share }
      }
    ]
  }
}
