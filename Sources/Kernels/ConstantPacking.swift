/// How a constant's elements are laid out for a kernel.
package protocol ConstantPacking: Hashable, Sendable {
  /// f32 elements of the packed form.
  var elementCount: Int { get }
  func pack(_ elements: UnsafeBufferPointer<Float>, into packed: UnsafeMutableBufferPointer<Float>)
  /// The convolution whose weights these are, where several schedules compute it.
  var tunable: Convolution? { get }
}

extension ConstantPacking {
  package var tunable: Convolution? { nil }
}

/// One number a channel, zeros up to a whole number of vectors.
package struct ChannelPacking: ConstantPacking {
  package var channels: Int
  package var lanes: Int

  package init(channels: Int, lanes: Int) {
    self.channels = channels
    self.lanes = lanes
  }

  package var elementCount: Int { (channels + lanes - 1) / lanes * lanes }

  package func pack(_ elements: UnsafeBufferPointer<Float>, into packed: UnsafeMutableBufferPointer<Float>) {
    packed.initialize(repeating: 0)
    for channel in 0..<channels { packed[channel] = elements[channel] }
  }
}
