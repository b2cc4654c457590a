import GraphIR
import OrderedCollections
import Tensors

/// A part of each image: along every dimension after the first, `size` positions from `start` on. It is the gradient
/// of what puts a tensor into a larger one.
///
/// (C1) The operand is f32 of rank 2 or 4: [N, C] or [N, C, H, W].
/// (C2) Start and size have a number for each dimension after the first.
/// (C3) The part lies in the operand and is not empty.
package struct Slice: Op {
  package static let mnemonic = "slice"

  package var start: [Int]
  package var size: [Int]

  package init(start: [Int], size: [Int]) {
    self.start = start
    self.size = size
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    start = try reader.ints("start")
    size = try reader.ints("size")
    try reader.finish()
  }

  package var attributes: Attributes { ["start": .ints(start), "size": .ints(size)] }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    _ = try operands[0].channelCount(of: Self.self)
    let extents = operands[0].shape.dimensions.dropFirst().compactMap(\.fixedExtent)
    guard start.count == extents.count, size.count == extents.count else {
      throw OpError(
        "slice of \(operands[0]) needs \(extents.count) numbers each; got a start \(start) and a size \(size)",
        constraint: "C2")
    }
    for (extent, (start, size)) in zip(extents, zip(start, size)) {
      guard size >= 1, size <= extent, start >= 0, start <= extent - size else {
        throw OpError(
          "slice reaches beyond \(operands[0]): it starts at \(self.start) and has a size of \(self.size)",
          constraint: "C3", operand: 0)
      }
    }
    return [TensorType(.f32, Shape([operands[0].shape[0]] + size.map(Dimension.fixed)))]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let dimensions = operands[0].dimensions
    // The first element of every run along the last dimension, one dimension after another.
    var starts = (0..<dimensions[0]).map { $0 * dimensions.dropFirst().reduce(1, *) }
    for axis in start.indices.dropLast() {
      let stride = dimensions.dropFirst(axis + 2).reduce(1, *)
      starts = starts.flatMap { first in (0..<size[axis]).map { first + (start[axis] + $0) * stride } }
    }
    let (first, count) = (start[start.count - 1], size[size.count - 1])
    return [
      Tensor([dimensions[0]] + size, starts.flatMap { operands[0].elements[$0 + first..<$0 + first + count] })
    ]
  }
}
