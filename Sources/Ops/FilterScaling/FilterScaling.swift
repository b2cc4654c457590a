import GraphIR
import OrderedCollections
import Tensors

/// A convolution's filters with a batch normalisation folded in: weight * gamma / sqrt(variance + epsilon), per output
/// channel. Passes make it; on parameters it is evaluated once, in f64, when a model is compiled.
///
/// Operands: weight [O, ...]; gamma [O]; variance [O].
///
/// (C1) The weight is f32 of rank 1 or more, with fixed dimensions.
/// (C2) Gamma and variance are f32[O].
/// (C3) Epsilon is positive.
package struct FilterScaling: Op {
  package static let mnemonic = "filterScaling"

  package var epsilon: Double

  package init(epsilon: Double) { self.epsilon = epsilon }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    epsilon = try reader.float("epsilon")
    try reader.finish()
  }

  package var attributes: Attributes { ["epsilon": .float(epsilon)] }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 3)
    let weight = operands[0]
    try weight.checkFloat(of: Self.self, operand: 0, constraint: "C1")
    guard let channels = weight.shape.dimensions.first, !weight.shape.dimensions.contains(.batch) else {
      throw OpError("filterScaling needs a weight [O, ...]; got \(weight)", constraint: "C1", operand: 0)
    }
    let perChannel = TensorType(.f32, [channels])
    try operands[1].check(perChannel, as: "a gamma", of: Self.self, operand: 1, constraint: "C2")
    try operands[2].check(perChannel, as: "a variance", of: Self.self, operand: 2, constraint: "C2")
    try checkEpsilon(epsilon, of: Self.self, constraint: "C3")
    return [weight]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    var weight = operands[0]
    let (gamma, variance) = (operands[1].elements, operands[2].elements)
    let filterElementCount = weight.elements.count / gamma.count
    for channel in gamma.indices {
      let scale = gamma[channel] / (variance[channel] + epsilon).squareRoot()
      for index in channel * filterElementCount..<(channel + 1) * filterElementCount {
        weight.elements[index] *= scale
      }
    }
    return [weight]
  }
}
