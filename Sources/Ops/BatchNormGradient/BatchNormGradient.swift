import GraphIR
import OrderedCollections
import Tensors

/// The gradients of a batch norm by the statistics of its own input, which depend on that input (Ioffe and Szegedy,
/// *Batch Normalization*, section 3). With n = (x - mean) / sqrt(variance + epsilon), and m elements a channel:
/// dbias = sum(dy), dweight = sum(dy * n), and
/// dx = weight / sqrt(variance + epsilon) * (dy - dbias / m - n * dweight / m).
///
/// Operands: dy; x, of the same type; weight, mean and variance, all [C]. Results: dx; dweight [C]; dbias [C].
///
/// (C1) dy is f32 of rank 2 or 4: [N, C] or [N, C, H, W].
/// (C2) x has its type.
/// (C3) Weight, mean and variance are f32[C].
/// (C4) Epsilon is positive.
package struct BatchNormGradient: Op {
  package static let mnemonic = "batchNormGradient"

  package var epsilon: Double

  package init(epsilon: Double = BatchNorm.defaultEpsilon) { self.epsilon = epsilon }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    epsilon = try reader.float("epsilon", default: BatchNorm.defaultEpsilon)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = [:]
    attributes.append("epsilon", .float(epsilon), default: .float(BatchNorm.defaultEpsilon))
    return attributes
  }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 5)
    let perChannel = TensorType(.f32, [.fixed(try operands[0].channelCount(of: Self.self))])
    try operands[1].check(operands[0], as: "an x", of: Self.self, operand: 1, constraint: "C2")
    for (index, what) in [(2, "a weight"), (3, "a mean"), (4, "a variance")] {
      try operands[index].check(perChannel, as: what, of: Self.self, operand: index, constraint: "C3")
    }
    try checkEpsilon(epsilon, of: Self.self, constraint: "C4")
    return [operands[0], perChannel, perChannel]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (dy, x) = (operands[0], operands[1].elements)
    let (weight, mean) = (operands[2].elements, operands[3].elements)
    let scale = operands[4].elements.map { 1 / ($0 + epsilon).squareRoot() }
    func normalised(_ channel: Int, _ index: Int) -> Double { (x[index] - mean[channel]) * scale[channel] }

    let dbias = dy.sumsByChannel { _, _, element in element }
    let dweight = dy.sumsByChannel { channel, index, element in element * normalised(channel, index) }
    let count = Double(dy.elements.count / dy.dimensions[1])
    var dx = dy
    var start = 0
    dx.mapPlanes { channel, plane in
      let (meanGradient, slope) = (dbias.elements[channel] / count, dweight.elements[channel] / count)
      for index in plane.indices {
        let centred = plane[index] - meanGradient - normalised(channel, start + index) * slope
        plane[index] = weight[channel] * scale[channel] * centred
      }
      start += plane.count
    }
    return [dx, dweight, dbias]
  }
}
