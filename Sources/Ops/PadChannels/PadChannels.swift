import GraphIR
import OrderedCollections
import Tensors

/// Channels of zeros in front of and behind those of the input: a shortcut that grows without parameters (He et al.
/// 2015, option A).
///
/// Operand: input [N, C, H, W].
///
/// (C1) The input is f32 of rank 4, [N, C, H, W].
/// (C2) `front` and `behind` are at least 0.
package struct PadChannels: Op {
  package static let mnemonic = "padChannels"

  package var front: Int
  package var behind: Int

  package init(front: Int, behind: Int) {
    self.front = front
    self.behind = behind
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    front = try reader.int("front", default: 0)
    behind = try reader.int("behind", default: 0)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = [:]
    attributes.append("front", .int(front), default: .int(0))
    attributes.append("behind", .int(behind), default: .int(0))
    return attributes
  }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    var maps = try FeatureMaps(operands[0], of: Self.self)
    let allowed = 0...SizeLimit.extent
    guard allowed.contains(front), allowed.contains(behind) else {
      throw OpError("padChannels needs counts of 0 to 2^28; got \(front) and \(behind)", constraint: "C2")
    }
    maps.channels += front + behind
    return [maps.type]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    var dimensions = operands[0].dimensions
    let planeElementCount = dimensions[2] * dimensions[3]
    let imageElementCount = dimensions[1] * planeElementCount
    var elements: [Double] = []
    for image in 0..<dimensions[0] {
      elements += [Double](repeating: 0, count: front * planeElementCount)
      elements += operands[0].elements[image * imageElementCount..<(image + 1) * imageElementCount]
      elements += [Double](repeating: 0, count: behind * planeElementCount)
    }
    dimensions[1] += front + behind
    return [Tensor(dimensions, elements)]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    let maps = try FeatureMaps(builder.graph.type(of: node.operands[0]), of: Self.self)
    let slice = Slice(start: [front, 0, 0], size: [maps.channels, maps.size.rows, maps.size.columns])
    return [try builder.append(slice, [dy], for: node)]
  }

  package static let surface = Surface(
    "padChannels", "Channels of zeros in front of and behind those of x.",
    parameters: [
      .input,
      Surface.Parameter("front", .int, default: .int(0), "Channels in front."),
      Surface.Parameter("behind", .int, default: .int(0), "Channels behind."),
    ]
  ) { (call) throws(OpError) in
    try call.append(PadChannels(front: call.int("front"), behind: call.int("behind")), [call.tensor("x")])
  }
}
