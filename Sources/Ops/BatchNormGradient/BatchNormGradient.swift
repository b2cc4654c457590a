import GraphIR
import OrderedCollections
import Tensors

/// The gradients of a batch norm by the statistics of its own input, which depend on that input (Ioffe and Szegedy,
/// *Batch Normalization*, section 3). With n = (x - mean) / sqrt(variance + epsilon), and m elements a channel:
/// dbias = sum(g), dweight = sum(g * n), and
/// dx = weight / sqrt(variance + epsilon) * (g - dbias / m - n * dweight / m).
///
/// The gradient g of the batch norm's result is dy, and what passes fuse into it: g = mask(dy + residual).
///
/// Operands, in this order: dy; x, of the same type; weight, mean and variance, all [C]; residual, of the type of dy, if
/// `hasResidual`; what the mask needs: bias [C], or the result of a ReLU, of the type of dy.
/// Results: dx; dweight [C]; dbias [C]; g if `givesGradient`.
///
/// (C1) dy is f32 of rank 2 or 4: [N, C] or [N, C, H, W].
/// (C2) x has its type.
/// (C3) Weight, mean and variance are f32[C].
/// (C4) Epsilon is positive.
/// (C5) The residual has the type of dy.
/// (C6) The bias is f32[C]; the result of a ReLU has the type of dy.
package struct BatchNormGradient: Op {
  package static let mnemonic = "batchNormGradient"

  /// Where a ReLU behind the batch norm lets a gradient through; elsewhere it is 0.
  package enum Mask: String, Hashable, Sendable, CaseIterable {
    /// Everywhere: there is no ReLU.
    case none
    /// Where the batch norm's own result, computed again, is positive: the ReLU follows at once.
    case norm
    /// Where the ReLU's result is positive: something is in between, such as the addition of a residual.
    case result
  }

  package var epsilon: Double
  package var hasResidual: Bool
  package var mask: Mask
  package var givesGradient: Bool

  package init(
    epsilon: Double = BatchNorm.defaultEpsilon, hasResidual: Bool = false, mask: Mask = .none,
    givesGradient: Bool = false
  ) {
    self.epsilon = epsilon
    self.hasResidual = hasResidual
    self.mask = mask
    self.givesGradient = givesGradient
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    epsilon = try reader.float("epsilon", default: BatchNorm.defaultEpsilon)
    hasResidual = try reader.bool("residual", default: false)
    let word = try reader.symbol("mask", default: Mask.none.rawValue)
    guard let mask = Mask(rawValue: word) else { throw OpError("mask is none, norm or result; got '\(word)'") }
    self.mask = mask
    givesGradient = try reader.bool("gradient", default: false)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = [:]
    attributes.append("epsilon", .float(epsilon), default: .float(BatchNorm.defaultEpsilon))
    attributes.append("residual", .bool(hasResidual), default: .bool(false))
    attributes.append("mask", .symbol(mask.rawValue), default: .symbol(Mask.none.rawValue))
    attributes.append("gradient", .bool(givesGradient), default: .bool(false))
    return attributes
  }

  // MARK: Operands

  package static let gradientIndex = 0
  package static let inputIndex = 1
  package static let weightIndex = 2
  package static let meanIndex = 3
  package static let varianceIndex = 4
  package var residualIndex: Int? { hasResidual ? 5 : nil }
  package var biasIndex: Int? { mask == .norm ? operandCount - 1 : nil }
  package var rectifiedIndex: Int? { mask == .result ? operandCount - 1 : nil }
  package var operandCount: Int { 5 + (hasResidual ? 1 : 0) + (mask == .none ? 0 : 1) }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, operandCount)
    let gradient = operands[Self.gradientIndex]
    let perChannel = TensorType(.f32, [.fixed(try gradient.channelCount(of: Self.self))])
    func check(_ index: Int?, _ what: String, _ type: TensorType, _ constraint: String) throws(OpError) {
      guard let index else { return }
      try operands[index].check(type, as: what, of: Self.self, operand: index, constraint: constraint)
    }
    try check(Self.inputIndex, "an x", gradient, "C2")
    try check(Self.weightIndex, "a weight", perChannel, "C3")
    try check(Self.meanIndex, "a mean", perChannel, "C3")
    try check(Self.varianceIndex, "a variance", perChannel, "C3")
    try checkEpsilon(epsilon, of: Self.self, constraint: "C4")
    try check(residualIndex, "a residual", gradient, "C5")
    try check(biasIndex, "a bias", perChannel, "C6")
    try check(rectifiedIndex, "the result of a ReLU", gradient, "C6")
    return [gradient, perChannel, perChannel] + (givesGradient ? [gradient] : [])
  }
}
