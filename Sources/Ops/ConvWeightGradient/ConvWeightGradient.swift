import GraphIR
import OrderedCollections
import Tensors

/// The gradient of a convolution's weight: for every tap the sum, over images and windows, of dy times the input under
/// the tap.
///
/// Operands: x [N, I, H, W], the convolution's input; dy [N, O, H', W']. Result: [O, I / groups, KH, KW].
///
/// (C1) x is f32 of rank 4.
/// (C2) dy is f32 of rank 4.
/// (C3) `groups` is at least 1 and divides I and O.
/// (C4) The kernel is at least 1 x 1.
/// (C5) dy has the type of the result of a convolution of x with such a weight.
package struct ConvWeightGradient: Op {
  package static let mnemonic = "convWeightGradient"

  package var kernel: Extent2D
  package var geometry: ConvolutionGeometry

  package init(kernel: Extent2D, _ geometry: ConvolutionGeometry) {
    self.kernel = kernel
    self.geometry = geometry
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    kernel = Extent2D(try reader.ints("kernel", count: 2))
    geometry = try ConvolutionGeometry(&reader)
    try reader.finish()
  }

  package var attributes: Attributes {
    var attributes: Attributes = ["kernel": kernel.attribute]
    geometry.append(to: &attributes)
    return attributes
  }

  package func resultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    try Self.checkCount(operands, 2)
    let input = try FeatureMaps(operands[0], of: Self.self)
    let outputs = try FeatureMaps(operands[1], of: Self.self, operand: 1, constraint: "C2").channels
    try kernel.check("kernel", of: Self.self, constraint: "C4")
    guard geometry.groups >= 1, input.channels.isMultiple(of: geometry.groups) else {
      throw OpError(
        "\(Self.mnemonic) cannot split \(input.channels) channels into \(geometry.groups) groups", constraint: "C3",
        operand: 0)
    }
    let weight = TensorType(
      .f32, Shape(fixed: [outputs, input.channels / geometry.groups, kernel.rows, kernel.columns]))
    try weight.checkSize()
    try geometry.check(operands[1], input: input, weight: weight, of: Self.self, operand: 1, constraint: "C5")
    return [weight]
  }

  /// As the convolution.
  package func multiplyAdds(_ operands: [TensorType], _ results: [TensorType]) -> Int {
    geometry.convolution.multiplyAdds([operands[0], results[0]], [operands[1]])
  }

  /// A matrix product for each image and group: dy times the unfolded image, transposed.
  package func evaluate(_ operands: [Tensor], gemm: any MatrixMultiply) -> [Tensor] {
    let (x, dy) = (operands[0], operands[1])
    let groups = geometry.groups
    let filters = [dy.dimensions[1], x.dimensions[1] / groups, kernel.rows, kernel.columns]
    let patches = Patches(
      input: x.dimensions, filter: filters, window: geometry.convolution.window(kernel: kernel))
    let groupOutputs = filters[0] / groups
    let groupGradients = groupOutputs * patches.windowCount
    var weights = Tensor(filters)
    for image in 0..<x.dimensions[0] {
      for group in 0..<groups {
        let start = (image * groups + group) * groupGradients
        let unfolded = transposed(
          patches.unfold(x.elements, image: image, group: group), rows: patches.tapCount, columns: patches.windowCount)
        let product = gemm.multiply(
          Array(dy.elements[start..<start + groupGradients]), unfolded, rows: groupOutputs,
          inner: patches.windowCount, columns: patches.tapCount)
        let first = group * product.count
        for index in product.indices { weights.elements[first + index] += product[index] }
      }
    }
    return [weights]
  }
}
