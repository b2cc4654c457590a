import GraphIR
import OrderedCollections
import Tensors

/// A tensor of one number. It has no operands: it is known when a model is compiled.
///
/// (C1) The number is finite.
/// (C2) The shape's extents are 1 to 2^28.
package struct Fill: Op {
  package static let mnemonic = "fill"

  package var value: Double
  /// Extents; none for a scalar.
  package var shape: [Int]

  package init(_ value: Double, shape: [Int] = []) {
    self.value = value
    self.shape = shape
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    value = try reader.float("value")
    shape = try reader.ints("shape", default: [])
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = ["value": .float(value)]
    attributes.append("shape", .ints(shape), default: .ints([]))
    return attributes
  }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 0)
    guard value.isFinite else { throw OpError("fill needs a finite value; got \(value)", constraint: "C1") }
    guard shape.allSatisfy((1...SizeLimit.extent).contains) else {
      throw OpError("fill needs a shape of extents of 1 to 2^28; got \(shape)", constraint: "C2")
    }
    return [TensorType(.f32, Shape(fixed: shape))]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    [Tensor(shape, repeating: value)]
  }
}
