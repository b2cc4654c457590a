import GraphIR
import Tensors

extension BatchNorm {
  /// Mean and variance have no gradient of their own: running statistics are not trained, and what a batch's depend on
  /// is part of the input's gradient.
  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    let (x, weight) = (node.operands[Self.inputIndex], node.operands[Self.weightIndex])
    let statistics = [node.operands[Self.meanIndex], node.operands[Self.varianceIndex]]
    guard !usesBatch else {
      let gradients = try builder.append(
        BatchNormGradient(epsilon: epsilon), [dy, x, weight] + statistics, name: node.name, origin: node.origin)
      return gradients + [nil, nil]
    }
    // A scale and a shift for each channel.
    let channels = try builder.graph.type(of: x).channelCount(of: Self.self)
    let zero = try builder.append(Fill(0, shape: [channels]), [], for: node)
    let one = try builder.append(Fill(1, shape: [channels]), [], for: node)
    let dx = try builder.append(BatchNorm(epsilon: epsilon), [dy, weight, zero, zero, statistics[1]], for: node)
    let normalised = try builder.append(BatchNorm(epsilon: epsilon), [x, one, zero] + statistics, for: node)
    let products = try builder.append(Multiply(), [dy, normalised], for: node)
    let dweight = try builder.append(ChannelSum(), [products], for: node)
    return [dx, dweight, try builder.append(ChannelSum(), [dy], for: node), nil, nil]
  }
}
