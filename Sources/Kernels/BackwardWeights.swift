/// The gradient of a convolution's filter: for each weight, the sum over all images and pixels of input times outputs'
/// gradient.
///
/// The micro-kernel's accumulators are weights: input channels and taps by vectors of outputs. Its reduction is over the
/// pixels of the outputs' gradient. The input is as the convolution read it, blocked or plain.
package struct BackwardWeights: Hashable, Sendable {
  /// The convolution's input, with the column halo that the convolution needs.
  package var input: ImageLayout
  /// The gradient of its output, blocked.
  package var gradient: ImageLayout
  package var rows: Convolution.Axis
  package var columns: Convolution.Axis
  /// The filter's layout, which the result has too.
  package var filter: FilterLayout
  /// Whole vectors of inputs and of outputs each, or lanes of one.
  package var groups: Int

  package init(
    input: ImageLayout, gradient: ImageLayout, rows: Convolution.Axis, columns: Convolution.Axis, filter: FilterLayout,
    groups: Int = 1
  ) {
    self.input = input
    self.gradient = gradient
    self.rows = rows
    self.columns = columns
    self.filter = filter
    self.groups = groups
  }

  /// Multiply-adds for one image, taps on padding included.
  package var multiplyAdds: Int {
    gradient.channels * gradient.rows * gradient.columns * rows.kernel * columns.kernel * (input.channels / groups)
  }

  /// Whether each lane multiplies its own group's inputs.
  var isByLane: Bool { filter.isByLane(groups: groups) }
}
