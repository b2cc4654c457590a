extension Convolution {
  /// A convolution along one axis, as the forward pass has it.
  package struct Axis: Hashable, Sendable {
    package var kernel: Int
    package var stride: Int
    package var dilation: Int
    package var paddingBefore: Int

    package init(kernel: Int, stride: Int = 1, dilation: Int = 1, paddingBefore: Int = 0) {
      self.kernel = kernel
      self.stride = stride
      self.dilation = dilation
      self.paddingBefore = paddingBefore
    }
  }
}
