import GraphIR
import OrderedCollections
import Tensors

/// Batch normalisation: (x - mean) / sqrt(variance + epsilon) * weight + bias, per channel.
///
/// Operands: input [N, C] or [N, C, H, W]; weight, bias, mean and variance, all [C]. Mean and variance are running
/// statistics, or, where `usesBatch`, those that `BatchStatistics` gives of the input.
///
/// (C1) The input is f32 of rank 2 or 4: [N, C] or [N, C, H, W].
/// (C2) Weight, bias, mean and variance are f32[C].
/// (C3) Epsilon is positive; momentum is between 0 and 1.
package struct BatchNorm: Op {
  package static let mnemonic = "batchNorm"
  package static let defaultEpsilon = 1e-5
  package static let defaultMomentum = 0.1

  package var epsilon: Double
  /// The share of a new batch in the running statistics; for training only.
  package var momentum: Double
  /// Whether mean and variance are the input's own, so that its gradient goes through them too.
  package var usesBatch: Bool

  package init(
    epsilon: Double = defaultEpsilon, momentum: Double = defaultMomentum, usesBatch: Bool = false
  ) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.usesBatch = usesBatch
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    epsilon = try reader.float("epsilon", default: Self.defaultEpsilon)
    momentum = try reader.float("momentum", default: Self.defaultMomentum)
    usesBatch = try reader.bool("batch", default: false)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = [:]
    attributes.append("epsilon", .float(epsilon), default: .float(Self.defaultEpsilon))
    attributes.append("momentum", .float(momentum), default: .float(Self.defaultMomentum))
    attributes.append("batch", .bool(usesBatch), default: .bool(false))
    return attributes
  }

  // MARK: Operands

  package static let inputIndex = 0
  package static let weightIndex = 1
  package static let biasIndex = 2
  package static let meanIndex = 3
  package static let varianceIndex = 4

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 5)
    let channels = try operands[Self.inputIndex].channelCount(of: Self.self)
    let perChannel = TensorType(.f32, [.fixed(channels)])
    for (offset, what) in ["a weight", "a bias", "a mean", "a variance"].enumerated() {
      let index = offset + 1
      try operands[index].check(perChannel, as: what, of: Self.self, operand: index, constraint: "C2")
    }
    try checkEpsilon(epsilon, of: Self.self, constraint: "C3")
    guard (0...1).contains(momentum) else {
      throw OpError("batchNorm needs a momentum between 0 and 1; got \(momentum)", constraint: "C3")
    }
    return [operands[Self.inputIndex]]
  }
}
