import GraphIR
import Tensors

/// x, or slope * x where x is negative, with a trained slope for each channel (He et al., *Delving Deep into
/// Rectifiers*, 2.1).
///
/// Operands: input [N, C, ...]; slope [C].
///
/// (C1) The input is f32 of rank 2 or 4: [N, C] or [N, C, H, W].
/// (C2) The slope is f32[C].
package struct PReLU: AttributeFreeOp {
  package static let mnemonic = "prelu"
  package static let initialSlope = 0.25

  package init() {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 2)
    let perChannel = TensorType(.f32, [.fixed(try operands[0].channelCount(of: Self.self))])
    try operands[1].check(perChannel, as: "a slope", of: Self.self, operand: 1, constraint: "C2")
    return [operands[0]]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    var result = operands[0]
    let slope = operands[1].elements
    result.mapPlanes { channel, plane in Activation.prelu.apply(to: plane, slope: slope[channel]) }
    return [result]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    // Where x is negative, the slope is multiplied by x.
    let (x, slope) = (node.operands[0], node.operands[1])
    let negative = try builder.append(Clip(low: -.infinity, high: 0), [x], for: node)
    let products = try builder.append(Multiply(), [dy, negative], for: node)
    return [
      try builder.append(PReLUGradient(), [dy, x, slope], for: node),
      try builder.append(ChannelSum(), [products], for: node),
    ]
  }

  package static let surface = Surface(
    "prelu", "x, or where x is negative, slope * x, with the slope of each channel as the parameter `weight`.",
    parameters: [.input], isParametrised: true
  ) { (call) throws(OpError) in
    let channels: Shape = [.fixed(try call.type("x").channelCount(of: Self.self))]
    let slope = call.parameter("weight", channels, .constant(initialSlope))
    return try call.append(PReLU(), [call.tensor("x"), slope])
  }
}
