import GraphIR
import OrderedCollections
import Tensors

/// The gradient of a convolution's input: every element of dy goes back, times the weight, to what it was computed
/// from.
///
/// Operands: dy [N, O, H', W']; weight [O, I / groups, KH, KW]. Result: [N, I, H, W].
///
/// (C1) dy is f32 of rank 4.
/// (C2) The weight is f32 of rank 4.
/// (C3) `groups` is at least 1 and divides O; I is not more than 2^28.
/// (C4) The size, [rows, columns] of the convolution's input, is at least 1 x 1.
/// (C5) dy has the type of that convolution's result.
package struct ConvInputGradient: Op {
  package static let mnemonic = "convInputGradient"

  package var size: Extent2D
  package var geometry: ConvolutionGeometry

  package init(size: Extent2D, _ geometry: ConvolutionGeometry) {
    self.size = size
    self.geometry = geometry
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    size = Extent2D(try reader.ints("size", count: 2))
    geometry = try ConvolutionGeometry(&reader)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = ["size": size.attribute]
    geometry.append(to: &attributes)
    return attributes
  }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 2)
    var input = try FeatureMaps(operands[0], of: Self.self)
    let filter = operands[1].shape.dimensions.compactMap(\.fixedExtent)
    guard operands[1].element == .f32, operands[1].shape.rank == 4, filter.count == 4 else {
      throw OpError(
        "\(Self.mnemonic) needs an f32 weight of rank 4, [O, I / groups, KH, KW]; got \(operands[1])",
        constraint: "C2", operand: 1)
    }
    guard geometry.groups >= 1, geometry.groups <= SizeLimit.extent / filter[1] else {
      throw OpError(
        "\(Self.mnemonic) needs at least 1 group, and at most 2^28 channels in all; got \(geometry.groups) groups",
        constraint: "C3")
    }
    try size.check("size", of: Self.self, constraint: "C4")
    (input.channels, input.size) = (filter[1] * geometry.groups, size)
    try geometry.check(
      operands[0], input: input, weight: operands[1], of: Self.self, operand: 0, constraint: "C5")
    return [input.type]
  }

  /// As the convolution.
  package func multiplyAdds(_ operands: [TensorType], _ results: [TensorType]) -> Int {
    geometry.convolution.multiplyAdds(results + [operands[1]], [operands[0]])
  }

  /// A matrix product for each image and group: the filters, transposed, times dy give the gradient of the unfolded
  /// image.
  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (dy, weight) = (operands[0], operands[1])
    let filters = weight.dimensions
    let inputDimensions = [dy.dimensions[0], filters[1] * geometry.groups, size.rows, size.columns]
    let window = geometry.convolution.window(kernel: Extent2D(rows: filters[2], columns: filters[3]))
    let patches = Patches(input: inputDimensions, filter: filters, window: window)
    let groupOutputs = filters[0] / geometry.groups
    let groupWeights = groupOutputs * patches.tapCount
    let groupGradients = groupOutputs * patches.windowCount
    let transposedFilters = (0..<geometry.groups).map { group in
      transposed(
        Array(weight.elements[group * groupWeights..<(group + 1) * groupWeights]), rows: groupOutputs,
        columns: patches.tapCount)
    }
    var dx = Tensor(inputDimensions)
    for image in 0..<inputDimensions[0] {
      for group in 0..<geometry.groups {
        let start = (image * geometry.groups + group) * groupGradients
        let unfolded = gemm.multiply(
          transposedFilters[group], Array(dy.elements[start..<start + groupGradients]), rows: patches.tapCount,
          inner: groupOutputs, columns: patches.windowCount)
        patches.fold(unfolded, onto: &dx.elements, image: image, group: group)
      }
    }
    return [dx]
  }
}
