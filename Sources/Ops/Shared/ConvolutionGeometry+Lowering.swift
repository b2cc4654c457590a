import GraphIR
import Kernels
import Tensors

extension ConvolutionGeometry {
  /// Few channels, as pictures have, are read plane by plane: blocks would be mostly zeros.
  private static let mostPlainChannels = 4

  /// How kernels want a convolution's input to lie in memory.
  func inputDemand(_ input: ImageLayout, kernelColumns: Int, outputColumns: Int) -> LayoutDemand {
    let isPlain = !input.isBlocked && groups == 1 && input.channels <= Self.mostPlainChannels
    let halo = Convolution.requiredHalo(
      columns: input.columns, outputColumns: outputColumns, kernel: kernelColumns, stride: stride.columns,
      dilation: dilation.columns, paddingLeft: padding.left)
    return LayoutDemand(isPlain ? .plain : .blocked, columnHalo: halo)
  }

  /// The convolution along rows and along columns, as kernels of the backward pass see it.
  func axes(kernel: Extent2D) -> (rows: Convolution.Axis, columns: Convolution.Axis) {
    (
      Convolution.Axis(
        kernel: kernel.rows, stride: stride.rows, dilation: dilation.rows, paddingBefore: padding.top),
      Convolution.Axis(
        kernel: kernel.columns, stride: stride.columns, dilation: dilation.columns, paddingBefore: padding.left)
    )
  }
}

extension TensorType {
  /// Rows and columns of a filter's kernel.
  var kernelExtent: Extent2D { Extent2D(shape.dimensions.suffix(2).compactMap(\.fixedExtent)) }
}
