import GraphIR
import OrderedCollections
import Tensors

/// Cross-correlation with zero padding, and what passes fuse into it: result = activation(conv(x, w) + bias + residual).
///
/// Operands, in this order: input [N, I, H, W]; weight [O, I / groups, KH, KW]; bias [O] if `hasBias`; residual, of
/// the result's type, if `hasResidual`; slope [O] if the activation is `prelu`.
/// Results: the result; if `givesStatistics`, those of `BatchStatistics` of it.
///
/// NaN and infinities in one group may reach others in compiled code (docs/decisions/0013-not-a-number.md).
///
/// (C1) The input is f32 of rank 4, [N, I, H, W].
/// (C2) The weight is f32 of rank 4, [O, I / groups, KH, KW].
/// (C3) `groups` is at least 1 and divides I and O.
/// (C4) Strides and dilations are at least 1, paddings at least 0.
/// (C5) The dilated kernel fits into the padded input.
/// (C6) The bias is f32[O].
/// (C7) The residual has the result's type.
/// (C8) The slope is f32[O]; a clip's low is at most its high.
package struct Conv2D: Op {
  package static let mnemonic = "conv"

  package var stride: Extent2D
  package var padding: Padding2D
  package var dilation: Extent2D
  package var groups: Int
  package var hasBias: Bool
  package var hasResidual: Bool
  package var activation: Activation
  package var givesStatistics: Bool

  package init(
    stride: Extent2D = .one, padding: Padding2D = .zero, dilation: Extent2D = .one, groups: Int = 1,
    hasBias: Bool = false, hasResidual: Bool = false, activation: Activation = .none, givesStatistics: Bool = false
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = hasBias
    self.hasResidual = hasResidual
    self.activation = activation
    self.givesStatistics = givesStatistics
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    let geometry = try ConvolutionGeometry(&reader)
    (stride, padding) = (geometry.stride, geometry.padding)
    (dilation, groups) = (geometry.dilation, geometry.groups)
    hasBias = try reader.bool("bias", default: false)
    hasResidual = try reader.bool("residual", default: false)
    activation = try Activation(&reader)
    givesStatistics = try reader.bool("statistics", default: false)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = [:]
    geometry.append(to: &attributes)
    attributes.append("bias", .bool(hasBias), default: .bool(false))
    attributes.append("residual", .bool(hasResidual), default: .bool(false))
    activation.append(to: &attributes)
    attributes.append("statistics", .bool(givesStatistics), default: .bool(false))
    return attributes
  }

  /// How the kernel moves, without what follows it.
  package var geometry: ConvolutionGeometry {
    ConvolutionGeometry(stride: stride, padding: padding, dilation: dilation, groups: groups)
  }

  /// Whether its result is a sum, which more can be fused behind.
  package var endsInSum: Bool { activation == .none && !givesStatistics }

  // MARK: Operands

  package static let inputIndex = 0
  package static let weightIndex = 1
  package var biasIndex: Int? { hasBias ? 2 : nil }
  package var residualIndex: Int? { hasResidual ? (hasBias ? 3 : 2) : nil }
  package var slopeIndex: Int? { activation == .prelu ? operandCount - 1 : nil }
  package var operandCount: Int {
    2 + (hasBias ? 1 : 0) + (hasResidual ? 1 : 0) + (activation == .prelu ? 1 : 0)
  }

  // MARK: Results

  /// Mean, variance and sample variance, where they are given.
  package static let statisticsIndices = [1, 2, 3]

  // MARK: Shapes

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, operandCount)
    let input = try FeatureMaps(operands[Self.inputIndex], of: Self.self)
    let filter = try filterExtents(operands[Self.weightIndex])
    try checkAttributes(inputChannels: input.channels, outputChannels: filter[0])
    guard filter[1] == input.channels / groups else {
      throw OpError(
        "conv of \(input.channels) channels in \(groups) group\(groups == 1 ? "" : "s") needs a weight of "
          + "[O, \(input.channels / groups), KH, KW]; got \(operands[Self.weightIndex])",
        constraint: "C2", operand: Self.weightIndex)
    }
    let window = window(kernel: Extent2D(rows: filter[2], columns: filter[3]))
    let size = try window.resultSize(input: input.size, of: Self.self, constraint: "C5")
    let result = FeatureMaps(batch: input.batch, channels: filter[0], size: size).type
    try checkEpilogue(operands, result: result, perChannel: TensorType(.f32, [.fixed(filter[0])]))
    return [result] + (givesStatistics ? try BatchStatistics().resultTypes([result]) : [])
  }

  /// How the kernel slides over the input.
  package func window(kernel: Extent2D) -> SlidingWindow2D {
    SlidingWindow2D(kernel: kernel, stride: stride, dilation: dilation, padding: padding)
  }

  /// Throws where attributes are out of range, also those that only a surface can get wrong.
  func checkAttributes(inputChannels: Int, outputChannels: Int) throws(OpError) {
    guard groups >= 1 else { throw OpError("conv needs at least 1 group; got \(groups)", constraint: "C3") }
    guard inputChannels.isMultiple(of: groups) else {
      throw OpError(
        "conv cannot split \(inputChannels) input channels into \(groups) groups", constraint: "C3",
        operand: Self.inputIndex)
    }
    guard outputChannels.isMultiple(of: groups) else {
      throw OpError("conv cannot split \(outputChannels) output channels into \(groups) groups", constraint: "C3")
    }
    try stride.check("stride", of: Self.self, constraint: "C4")
    try dilation.check("dilation", of: Self.self, constraint: "C4")
    try padding.check(of: Self.self, constraint: "C4")
    try activation.check(of: Self.self, constraint: "C8")
  }

  private func filterExtents(_ weight: TensorType) throws(OpError) -> [Int] {
    let extents = weight.shape.dimensions.compactMap(\.fixedExtent)
    guard weight.element == .f32, weight.shape.rank == 4, extents.count == 4 else {
      throw OpError(
        "conv needs an f32 weight of rank 4, [O, I / groups, KH, KW]; got \(weight)", constraint: "C2",
        operand: Self.weightIndex)
    }
    return extents
  }

  private func checkEpilogue(_ operands: [TensorType], result: TensorType, perChannel: TensorType) throws(OpError) {
    if let index = biasIndex {
      try operands[index].check(perChannel, as: "a bias", of: Self.self, operand: index, constraint: "C6")
    }
    if let index = residualIndex {
      try operands[index].check(result, as: "a residual", of: Self.self, operand: index, constraint: "C7")
    }
    if let index = slopeIndex {
      try operands[index].check(perChannel, as: "a slope", of: Self.self, operand: index, constraint: "C8")
    }
  }

  /// Every result element sums over a group's input channels and the kernel.
  package func multiplyAdds(_ operands: [TensorType], _ results: [TensorType]) -> Int {
    let filter = operands[Self.weightIndex].shape.dimensions.compactMap(\.fixedExtent)
    return (results[0].shape.elementCountPerImage ?? 0) * filter.dropFirst().reduce(1, *)
  }
}
