import GraphIR
import Tensors

extension Conv2D {
  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    guard !hasResidual, activation == .none, !givesStatistics else {
      throw OpError(
        "a conv with a residual, an activation or statistics fused in has no gradient: differentiate before fusing")
    }
    let (x, weight) = (node.operands[Self.inputIndex], node.operands[Self.weightIndex])
    let size = try FeatureMaps(builder.graph.type(of: x), of: Self.self).size
    let kernel = Extent2D(builder.graph.type(of: weight).shape.dimensions.suffix(2).compactMap(\.fixedExtent))
    var gradients: [ValueID?] = [
      try builder.append(ConvInputGradient(size: size, geometry), [dy, weight], for: node),
      try builder.append(ConvWeightGradient(kernel: kernel, geometry), [x, dy], for: node),
    ]
    if hasBias { gradients.append(try builder.append(ChannelSum(), [dy], for: node)) }
    return gradients
  }
}
