import GraphIR
import OrderedCollections
import Tensors

/// Every element of a window gets an equal share of its mean's gradient.
///
/// Operand: dy, the gradient of what `AveragePool2D` made of an input of this size.
///
/// (C1) dy is f32 of rank 4, [N, C, H, W].
/// (C2) The size, [rows, columns] of what was pooled, is at least 1 x 1; the pooling is one that `AveragePool2D` takes.
/// (C3) An input of this size, pooled, has dy's type.
package struct AveragePoolGradient: Op {
  package static let mnemonic = "averagePoolGradient"

  package var size: Extent2D
  package var pooling: Pooling
  package var countPadding: Bool

  package init(size: Extent2D, _ pooling: Pooling, countPadding: Bool = true) {
    self.size = size
    self.pooling = pooling
    self.countPadding = countPadding
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    size = Extent2D(try reader.ints("size", count: 2))
    pooling = try Pooling(&reader)
    countPadding = try reader.bool("countPadding", default: true)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = ["size": size.attribute]
    attributes.merge(pooling.attributes) { first, _ in first }
    attributes.append("countPadding", .bool(countPadding), default: .bool(true))
    return attributes
  }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    var maps = try FeatureMaps(operands[0], of: Self.self)
    try size.check("size", of: Self.self, constraint: "C2")
    maps.size = size
    let expected = try pooling.resultTypes([maps.type], of: Self.self)[0]
    try operands[0].check(expected, as: "a dy", of: Self.self, operand: 0, constraint: "C3")
    return [maps.type]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    [
      pooling.scatterWindows(of: operands[0], onto: size) { element, window, paddedCount, _, target in
        let share = element / Double(countPadding ? paddedCount : window.elementCount)
        window.forEachIndex { target[$0] += share }
      }
    ]
  }
}
