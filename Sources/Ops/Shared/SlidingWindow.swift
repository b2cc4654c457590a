import GraphIR

/// The windows of a convolution or a pooling along one axis: their count, and the input that each covers.
package struct SlidingWindow: Hashable, Sendable {
  package var kernel: Int
  package var stride: Int
  package var dilation: Int
  package var paddingBefore: Int
  package var paddingAfter: Int

  package init(kernel: Int, stride: Int, dilation: Int = 1, paddingBefore: Int, paddingAfter: Int) {
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.paddingBefore = paddingBefore
    self.paddingAfter = paddingAfter
  }

  /// The extent from a window's first tap to its last.
  package var span: Int { dilation * (kernel - 1) + 1 }

  /// How many windows there are over `input` positions; nil: not even one. All values must be within `SizeLimit`,
  /// so that nothing here can overflow.
  ///
  /// With `ceil`, a last window may hang over the end, if it begins on the input or on the padding before it.
  package func count(input: Int, ceil: Bool = false) -> Int? {
    let slack = input + paddingBefore + paddingAfter - span
    guard slack >= 0 else { return nil }
    guard ceil else { return slack / stride + 1 }
    let count = (slack + stride - 1) / stride + 1
    return (count - 1) * stride >= input + paddingBefore ? count - 1 : count
  }

  /// The input position of tap `tap` of window `window`; negative, or beyond the input, on the padding.
  package func position(window: Int, tap: Int) -> Int { window * stride + tap * dilation - paddingBefore }

  /// Those of the first `count` windows whose tap `tap` is on the input, not on the padding.
  package func windows(withTap tap: Int, onInput input: Int, count: Int) -> Range<Int> {
    let first = position(window: 0, tap: tap)
    let start = first >= 0 ? 0 : (stride - 1 - first) / stride
    let end = first < input ? (input - 1 - first) / stride + 1 : 0
    return min(start, count)..<max(min(end, count), min(start, count))
  }

  /// The input positions that window `window` covers, without the padding. For windows with no dilation.
  package func covered(window: Int, input: Int) -> Range<Int> {
    let start = position(window: window, tap: 0)
    return max(start, 0)..<max(min(start + kernel, input), max(start, 0))
  }

  /// How many positions window `window` covers with the padding, but without what hangs over it.
  package func paddedCount(window: Int, input: Int) -> Int {
    let start = position(window: window, tap: 0)
    return min(start + kernel, input + paddingAfter) - start
  }
}

/// The windows along both axes of a feature map.
package struct SlidingWindow2D: Hashable, Sendable {
  package var rows: SlidingWindow
  package var columns: SlidingWindow

  package init(kernel: Extent2D, stride: Extent2D, dilation: Extent2D = .one, padding: Padding2D) {
    rows = SlidingWindow(
      kernel: kernel.rows, stride: stride.rows, dilation: dilation.rows, paddingBefore: padding.top,
      paddingAfter: padding.bottom)
    columns = SlidingWindow(
      kernel: kernel.columns, stride: stride.columns, dilation: dilation.columns, paddingBefore: padding.left,
      paddingAfter: padding.right)
  }

  /// The size of the result. Throws where no window fits into the padded input.
  package func resultSize(
    input: Extent2D, ceil: Bool = false, of op: any Op.Type, constraint: String
  ) throws(OpError) -> Extent2D {
    guard let rowCount = rows.count(input: input.rows, ceil: ceil),
      let columnCount = columns.count(input: input.columns, ceil: ceil)
    else {
      let span = Extent2D(rows: rows.span, columns: columns.span)
      throw OpError(
        "\(op.mnemonic) has a kernel of \(span), larger than its padded input of \(paddedSize(input))",
        constraint: constraint, operand: 0)
    }
    return Extent2D(rows: rowCount, columns: columnCount)
  }

  private func paddedSize(_ input: Extent2D) -> Extent2D {
    Extent2D(
      rows: input.rows + rows.paddingBefore + rows.paddingAfter,
      columns: input.columns + columns.paddingBefore + columns.paddingAfter)
  }
}
