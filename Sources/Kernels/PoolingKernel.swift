import LoopIR

/// A pooling of one image. The input is blocked; the output is blocked, or a plain vector where one pixel is left.
/// Windows are clipped to the input by loop bounds.
package struct PoolingKernel: Hashable, Sendable {
  package enum Reduction: Hashable, Sendable {
    /// NaN where the window has one.
    case maximum
    /// `countsPadding`: divides by the window's size within the padded input, not by its real elements (PyTorch's
    /// count_include_pad).
    case average(countsPadding: Bool)
  }

  /// How output positions map to input positions along one axis.
  package enum Window: Hashable, Sendable {
    case sliding(size: Int, stride: Int, paddingBefore: Int, paddingAfter: Int)
    /// PyTorch's adaptive bins: from floor(i * in / out) up to ceil((i + 1) * in / out).
    case adaptive
  }

  package var input: ImageLayout
  package var output: ImageLayout
  package var rowWindow: Window
  package var columnWindow: Window
  package var reduction: Reduction

  package init(
    input: ImageLayout, output: ImageLayout, rowWindow: Window, columnWindow: Window, reduction: Reduction
  ) {
    self.input = input
    self.output = output
    self.rowWindow = rowWindow
    self.columnWindow = columnWindow
    self.reduction = reduction
  }

  package var chunksPerImage: Int { input.blockCount * rowBands }

  /// What the rows of a block of channels are cut into, for some sixteen chunks an image.
  private var rowBands: Int { min(output.rows, max(1, 16 / input.blockCount)) }

  /// The output rows of a band.
  fileprivate func rows(ofBand band: Index) -> (from: Index, to: Index) {
    func bound(_ band: Index) -> Index { (band * .constant(output.rows)) / rowBands }
    return (bound(band), bound(band + 1))
  }

  var countsPadding: Bool { reduction == .average(countsPadding: true) }

  /// The kernel: one chunk is a band of rows of one block of channels of one image. Operands: input, output.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let emitter = PoolingEmitter(self, in: &builder)
    emitter.emit(in: &builder)
    return builder.kernel(named: name)
  }
}

/// The part of an axis that a window covers, and how many elements an average divides by.
struct PoolingSpan {
  var from: Index
  var to: Index
  var count: Index
}

extension PoolingKernel.Window {
  func span(at position: Index, inputExtent: Int, outputExtent: Int, countsPadding: Bool) -> PoolingSpan {
    switch self {
    case .adaptive:
      let from = (position * .constant(inputExtent)) / outputExtent
      let to = ((position + 1) * .constant(inputExtent) + .constant(outputExtent - 1)) / outputExtent
      return PoolingSpan(from: from, to: to, count: to - from)
    case .sliding(let size, let stride, let before, let after):
      let start = position * .constant(stride) - .constant(before)
      let lastStart = (outputExtent - 1) * stride - before
      let from = before == 0 ? start : .max(start, 0)
      let end = start + .constant(size)
      let to = lastStart + size <= inputExtent ? end : Index.min(end, .constant(inputExtent))
      let paddedEnd = lastStart + size <= inputExtent + after ? end : Index.min(end, .constant(inputExtent + after))
      return PoolingSpan(from: from, to: to, count: countsPadding ? paddedEnd - start : to - from)
    }
  }

  /// The output positions whose windows lie wholly inside the input, for which taps can be unrolled.
  fileprivate func interior(inputExtent: Int, outputExtent: Int) -> Range<Int> {
    guard case .sliding(let size, let stride, let before, _) = self, size <= inputExtent else { return 0..<0 }
    let first = (before + stride - 1) / stride
    let last = min(outputExtent - 1, (inputExtent + before - size) / stride)
    return first <= last ? first..<last + 1 : 0..<0
  }
}

private struct PoolingEmitter {
  let problem: PoolingKernel
  let lanes: Int
  let input: BufferID
  let output: BufferID

  init(_ problem: PoolingKernel, in builder: inout KernelBuilder) {
    self.problem = problem
    lanes = problem.input.channelBlock
    input = builder.buffer("input", .f32, .read)
    output = builder.buffer("output", .f32, .write, alignment: problem.output.byteAlignment)
  }

  func emit(in builder: inout KernelBuilder) {
    let image = Index.chunk / problem.chunksPerImage
    let bands = problem.chunksPerImage / problem.input.blockCount
    let block = (Index.chunk % problem.chunksPerImage) / bands
    let band = problem.rows(ofBand: Index.chunk % bands)
    let source = image * .constant(problem.input.elementCount) + block * .constant(problem.input.blockStride)
    let target = image * .constant(problem.output.elementCount)
    let blockTarget =
      target
      + (problem.output.isBlocked ? block * .constant(problem.output.blockStride) : block * .constant(lanes))
    let columns = problem.output.columns
    let interior = problem.columnWindow.interior(inputExtent: problem.input.columns, outputExtent: columns)
    builder.loop("row", from: band.from, to: band.to) { builder, row in
      let rows = problem.rowWindow.span(
        at: row, inputExtent: problem.input.rows, outputExtent: problem.output.rows,
        countsPadding: problem.countsPadding)
      let line = blockTarget + row * .constant(problem.output.rowStride) + .constant(problem.output.firstColumn)
      for part in [0..<interior.lowerBound, interior, interior.upperBound..<columns] where !part.isEmpty {
        builder.loop("column", from: .constant(part.lowerBound), to: .constant(part.upperBound)) { builder, column in
          let value = emitWindow(rows, column, isInterior: part == interior, source: source, in: &builder)
          let index = line + column * .constant(problem.output.pixelStride)
          builder.store(value, to: output, at: index, mask: mask(block))
        }
      }
      emitHalo(line, in: &builder)
    }
  }

  /// Plain outputs end with the last real channel.
  private func mask(_ block: Index) -> Expression? {
    guard !problem.output.isBlocked, problem.input.hasPaddingLanes else { return nil }
    return .firstLanes(.constant(problem.output.channels) - block * .constant(lanes), lanes: lanes)
  }

  private func emitWindow(
    _ rows: PoolingSpan, _ column: Index, isInterior: Bool, source: Index, in builder: inout KernelBuilder
  ) -> Expression {
    let columns = problem.columnWindow.span(
      at: column, inputExtent: problem.input.columns, outputExtent: problem.output.columns,
      countsPadding: problem.countsPadding)
    let type = ValueType.f32(lanes)
    let isMaximum = problem.reduction == .maximum
    let neutral = Expression.constant(isMaximum ? -.infinity : 0, type)
    func combine(_ register: Register, _ value: Expression, in builder: inout KernelBuilder) {
      let old = Expression.register(register)
      builder.assign(register, isMaximum ? larger(old, value) : old + value)
    }
    let register = builder.register(neutral)
    builder.loop("inputRow", from: rows.from, to: rows.to) { builder, inputRow in
      let line = source + inputRow * .constant(problem.input.rowStride) + .constant(problem.input.firstColumn)
      // Rows are summed by themselves first: over a whole map, one long sum would lose too many digits.
      let ofRow = builder.register(neutral)
      if isInterior, case .sliding(let size, let stride, let before, _) = problem.columnWindow {
        let first = line + (column * .constant(stride) - .constant(before)) * .constant(lanes)
        for tap in 0..<size {
          combine(ofRow, builder.load(input, at: first + .constant(tap * lanes), lanes: lanes), in: &builder)
        }
      } else {
        builder.loop("inputColumn", from: columns.from, to: columns.to) { builder, inputColumn in
          let index = line + inputColumn * .constant(lanes)
          combine(ofRow, builder.load(input, at: index, lanes: lanes), in: &builder)
        }
      }
      combine(register, .register(ofRow), in: &builder)
    }
    guard !isMaximum else { return .register(register) }
    let count = Expression.convert(.index(rows.count * columns.count), to: .f32)
    return .register(register) / .splat(count, lanes: lanes)
  }

  /// NaN stays once it is met: a new one is MAX's second operand, which wins, and an old one is not compared. (With
  /// masked instructions this is one comparison a tap.)
  private func larger(_ old: Expression, _ value: Expression) -> Expression {
    .select(.compare(.equal, old, old), .max(old, value), old)
  }

  private func emitHalo(_ line: Index, in builder: inout KernelBuilder) {
    for column in problem.output.haloColumns {
      builder.store(
        .constant(0, .f32(lanes)), to: output, at: line + .constant(column * problem.output.pixelStride))
    }
  }
}
