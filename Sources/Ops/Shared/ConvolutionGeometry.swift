import GraphIR
import Tensors

/// How a convolution's kernel moves over its input, which its gradients have in common with it.
package struct ConvolutionGeometry: Hashable, Sendable {
  package var stride: Extent2D
  package var padding: Padding2D
  package var dilation: Extent2D
  package var groups: Int

  package init(
    stride: Extent2D = .one, padding: Padding2D = .zero, dilation: Extent2D = .one, groups: Int = 1
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  package init(_ reader: inout AttributeReader) throws(OpError) {
    stride = Extent2D(try reader.ints("stride", count: 2, default: [1, 1]))
    padding = Padding2D(try reader.ints("padding", count: 4, default: [0, 0, 0, 0]))
    dilation = Extent2D(try reader.ints("dilation", count: 2, default: [1, 1]))
    groups = try reader.int("groups", default: 1)
  }

  package func append(to attributes: inout Attributes) {
    attributes.append("stride", stride.attribute, default: Extent2D.one.attribute)
    attributes.append("padding", padding.attribute, default: Padding2D.zero.attribute)
    attributes.append("dilation", dilation.attribute, default: Extent2D.one.attribute)
    attributes.append("groups", .int(groups), default: .int(1))
  }

  /// The convolution that moves so, with nothing behind it.
  package var convolution: Conv2D {
    Conv2D(stride: stride, padding: padding, dilation: dilation, groups: groups)
  }

  /// Throws where the gradient `dy` of a result does not belong to a convolution of this input and weight.
  func check(
    _ dy: TensorType, input: FeatureMaps, weight: TensorType, of op: any Op.Type, operand: Int, constraint: String
  ) throws(OpError) {
    let expected = try convolution.resultTypes([input.type, weight])[0]
    try dy.check(expected, as: "a dy", of: op, operand: operand, constraint: constraint)
  }
}
