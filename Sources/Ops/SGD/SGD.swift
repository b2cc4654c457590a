import GraphIR
import OrderedCollections
import Tensors

/// A step of stochastic gradient descent with momentum, as PyTorch takes it: g = gradient + decay * weight,
/// v' = momentum * v + g, and weight' = weight - learningRate * v', or with Nesterov's momentum
/// weight - learningRate * (g + momentum * v').
///
/// Operands: weight; gradient; v, the momentum so far; learningRate. Results: weight'; v'.
///
/// (C1) The weight is f32.
/// (C2) Gradient and momentum have its type.
/// (C3) The learning rate is f32[].
/// (C4) Momentum is at least 0 and less than 1; decay is at least 0 and finite.
package struct SGD: Op {
  package static let mnemonic = "sgd"

  package var momentum: Double
  /// The share of the weight that is added to its gradient (an L2 penalty of decay / 2).
  package var decay: Double
  package var nesterov: Bool

  package init(momentum: Double, decay: Double = 0, nesterov: Bool = false) {
    self.momentum = momentum
    self.decay = decay
    self.nesterov = nesterov
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    momentum = try reader.float("momentum")
    decay = try reader.float("decay", default: 0)
    nesterov = try reader.bool("nesterov", default: false)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = ["momentum": .float(momentum)]
    attributes.append("decay", .float(decay), default: .float(0))
    attributes.append("nesterov", .bool(nesterov), default: .bool(false))
    return attributes
  }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 4)
    let weight = operands[0]
    try weight.checkFloat(of: Self.self, operand: 0, constraint: "C1")
    try operands[1].check(weight, as: "a gradient", of: Self.self, operand: 1, constraint: "C2")
    try operands[2].check(weight, as: "a momentum", of: Self.self, operand: 2, constraint: "C2")
    try operands[3].check(.scalar, as: "a learning rate", of: Self.self, operand: 3, constraint: "C3")
    guard momentum >= 0, momentum < 1, decay >= 0, decay.isFinite else {
      throw OpError(
        "sgd needs a momentum of at least 0 and less than 1, and a decay of at least 0; got \(momentum) and \(decay)",
        constraint: "C4")
    }
    return [weight, weight]
  }

  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    var (weight, velocity) = (operands[0], operands[2])
    let (gradient, learningRate) = (operands[1].elements, operands[3].elements[0])
    for index in gradient.indices {
      let g = gradient[index] + decay * weight.elements[index]
      velocity.elements[index] = momentum * velocity.elements[index] + g
      let step = nesterov ? g + momentum * velocity.elements[index] : velocity.elements[index]
      weight.elements[index] -= learningRate * step
    }
    return [weight, velocity]
  }
}
