import GraphIR
import OrderedCollections
import Tensors

/// A convolution's bias with a batch normalisation folded in: beta + (bias - mean) * gamma / sqrt(variance + epsilon).
/// Passes make it; on parameters it is evaluated once, in f64, when a model is compiled.
///
/// Operands: gamma, beta, mean, variance, and bias if `hasBias` (else it is zero), all [O].
///
/// (C1) Gamma is f32[O].
/// (C2) The other operands have its type.
/// (C3) Epsilon is positive.
package struct FoldedBias: Op {
  package static let mnemonic = "foldedBias"

  package var epsilon: Double
  package var hasBias: Bool

  package init(epsilon: Double, hasBias: Bool) {
    self.epsilon = epsilon
    self.hasBias = hasBias
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    epsilon = try reader.float("epsilon")
    hasBias = try reader.bool("bias", default: false)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = ["epsilon": .float(epsilon)]
    attributes.append("bias", .bool(hasBias), default: .bool(false))
    return attributes
  }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, hasBias ? 5 : 4)
    let gamma = operands[0]
    try gamma.checkFloat(of: Self.self, operand: 0, constraint: "C1")
    guard gamma.shape.rank == 1, !gamma.shape.isBatched else {
      throw OpError("foldedBias needs a gamma [O]; got \(gamma)", constraint: "C1", operand: 0)
    }
    let names = ["a beta", "a mean", "a variance", "a bias"]
    for index in 1..<operands.count {
      try operands[index].check(gamma, as: names[index - 1], of: Self.self, operand: index, constraint: "C2")
    }
    try checkEpsilon(epsilon, of: Self.self, constraint: "C3")
    return [gamma]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (gamma, beta) = (operands[0].elements, operands[1].elements)
    let (mean, variance) = (operands[2].elements, operands[3].elements)
    let folded = gamma.indices.map { channel in
      let bias = hasBias ? operands[4].elements[channel] : 0
      return beta[channel] + (bias - mean[channel]) * gamma[channel] / (variance[channel] + epsilon).squareRoot()
    }
    return [Tensor(operands[0].dimensions, folded)]
  }
}
