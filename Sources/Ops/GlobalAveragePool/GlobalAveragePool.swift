import GraphIR
import Tensors

/// The mean of each channel: [N, C, H, W] to [N, C].
///
/// (C1) The input is f32 of rank 4, [N, C, H, W].
package struct GlobalAveragePool: AttributeFreeOp {
  package static let mnemonic = "globalAveragePool"

  package init() {}

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 1)
    let input = try FeatureMaps(operands[0], of: Self.self)
    return [TensorType(.f32, [input.batch, .fixed(input.channels)])]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let dimensions = operands[0].dimensions
    let planeElementCount = dimensions[2] * dimensions[3]
    let means = (0..<dimensions[0] * dimensions[1]).map { plane in
      let sum = operands[0].elements[plane * planeElementCount..<(plane + 1) * planeElementCount].reduce(0, +)
      return sum / Double(planeElementCount)
    }
    return [Tensor([dimensions[0], dimensions[1]], means)]
  }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    let size = try FeatureMaps(builder.graph.type(of: node.operands[0]), of: Self.self).size
    return [try builder.append(GlobalAveragePoolGradient(size: size), [dy], for: node)]
  }

  package static let surface = makeSurface("The mean of each channel: [N, C, H, W] to [N, C].")
}
