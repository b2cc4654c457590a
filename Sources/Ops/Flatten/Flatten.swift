import GraphIR
import Tensors

/// [N, ...] to [N, product], in row-major order (channels, rows, columns).
///
/// (C1) The input is f32 of rank 2 or more, with fixed dimensions after the first.
package struct Flatten: AttributeFreeOp {
  package static let mnemonic = "flatten"

  package init() {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    try operands[0].checkFloat(of: Self.self, operand: 0, constraint: "C1")
    let shape = operands[0].shape
    let rest = Shape(Array(shape.dimensions.dropFirst()))
    guard shape.rank >= 2, !rest.dimensions.contains(.batch), let count = rest.elementCountPerImage else {
      throw OpError(
        "flatten needs an input of rank 2 or more, [N, ...]; got \(operands[0])", constraint: "C1", operand: 0)
    }
    return [TensorType(.f32, [shape[0], .fixed(count)])]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let dimensions = operands[0].dimensions
    return [Tensor([dimensions[0], dimensions.dropFirst().reduce(1, *)], operands[0].elements)]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    let shape = builder.graph.type(of: node.operands[0]).shape.dimensions.dropFirst().compactMap(\.fixedExtent)
    return [shape.count == 1 ? dy : try builder.append(Unflatten(shape: shape), [dy], for: node)]
  }

  package static let surface = makeSurface("[N, C, H, W] to [N, C * H * W].")
}
