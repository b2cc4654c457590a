import GraphIR
import Tensors

/// Tensors one behind the other along the channels.
///
/// Operands: one or more inputs, [N, C, H, W] or [N, C].
///
/// (C1) There is an operand, and all are f32 of rank 2 or 4.
/// (C2) They agree in all dimensions but the channels.
package struct Concat: AttributeFreeOp {
  package static let mnemonic = "concat"

  package init() {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    guard var result = operands.first else { throw OpError("concat needs at least one tensor", constraint: "C1") }
    var channels = 0
    for (index, type) in operands.enumerated() {
      let count = try type.channelCount(of: Self.self, operand: index)
      guard Self.others(type) == Self.others(result) else {
        throw OpError(
          "concat needs tensors that agree in all dimensions but channels; got \(operands[0]) and \(type)",
          constraint: "C2", operand: index)
      }
      let (sum, overflow) = channels.addingReportingOverflow(count)
      channels = overflow ? .max : sum
    }
    result.shape[1] = .fixed(channels)
    return [result]
  }

  /// The dimensions without the channels.
  private static func others(_ type: TensorType) -> [Dimension] {
    Array(type.shape.dimensions[..<1] + type.shape.dimensions[2...])
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    var dimensions = operands[0].dimensions
    dimensions[1] = operands.reduce(0) { $0 + $1.dimensions[1] }
    var elements: [Double] = []
    elements.reserveCapacity(dimensions.reduce(1, *))
    for image in 0..<dimensions[0] {
      for operand in operands {
        let imageElementCount = operand.elements.count / dimensions[0]
        elements += operand.elements[image * imageElementCount..<(image + 1) * imageElementCount]
      }
    }
    return [Tensor(dimensions, elements)]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    var gradients: [ValueID?] = []
    var channel = 0
    for operand in node.operands {
      let size = builder.graph.type(of: operand).shape.dimensions.dropFirst().compactMap(\.fixedExtent)
      var start = size.map { _ in 0 }
      start[0] = channel
      channel += size[0]
      gradients.append(try builder.append(Slice(start: start, size: size), [dy], for: node))
    }
    return gradients
  }

  package static let surface = Surface(
    "concat", "Tensors one behind the other along the channels.",
    parameters: [Surface.Parameter("tensors", .tensors, labelled: false, "The parts, in order.")]
  ) { (call) throws(OpError) in
    try call.append(Concat(), call.tensorList("tensors"))
  }
}
