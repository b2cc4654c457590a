extension Convolution {
  /// The outputs along an axis that a convolution computes, and the taps of its filter that they take: all of them, or,
  /// where the gradient of a strided convolution is spread out again, every `step`-th output from `first` on and every
  /// `tapStep`-th tap from `firstTap` on. What padding, stride and kernel size say then counts within the phase.
  package struct Phase: Hashable, Sendable {
    package var first: Int
    package var step: Int
    package var firstTap: Int
    package var tapStep: Int

    package init(first: Int, step: Int, firstTap: Int, tapStep: Int) {
      self.first = first
      self.step = step
      self.firstTap = firstTap
      self.tapStep = tapStep
    }

    package static let all = Phase(first: 0, step: 1, firstTap: 0, tapStep: 1)

    /// How many of `extent` outputs it has.
    package func count(of extent: Int) -> Int { max(0, (extent - first + step - 1) / step) }
  }

  /// The layout in which this convolution's weights are trained: what a tile of one vector reads.
  package func filterLayout(lanes: Int) -> FilterLayout {
    let reduction = reduction(tileChannels: lanes)
    return FilterLayout(
      outputs: output.channels, inputs: groups == 1 ? input.channels : reduction.blocks * reduction.channels,
      kernelRows: kernelRows, kernelColumns: kernelColumns, inputBlock: reduction.channels, lanes: lanes)
  }
}
