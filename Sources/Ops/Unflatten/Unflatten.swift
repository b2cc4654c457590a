import GraphIR
import OrderedCollections
import Tensors

/// [N, product] to [N, ...], in row-major order: the gradient of `Flatten`.
///
/// (C1) The operand is f32 of rank 2, [N, C].
/// (C2) The shape's extents are at least 1, and their product is C.
package struct Unflatten: Op {
  package static let mnemonic = "unflatten"

  /// The extents after the first.
  package var shape: [Int]

  package init(shape: [Int]) { self.shape = shape }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    shape = try reader.ints("shape")
    try reader.finish()
  }

  package var attributes: Attributes { ["shape": .ints(shape)] }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    let count = try operands[0].featureCount(of: Self.self, operand: 0, constraint: "C1")
    let result = Shape([operands[0].shape[0]] + shape.map(Dimension.fixed))
    guard !shape.isEmpty, shape.allSatisfy({ $0 >= 1 }), Shape(fixed: shape).elementCountPerImage == count else {
      throw OpError("unflatten makes no \(shape) of \(operands[0])", constraint: "C2", operand: 0)
    }
    return [TensorType(.f32, result)]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    [Tensor([operands[0].dimensions[0]] + shape, operands[0].elements)]
  }
}
