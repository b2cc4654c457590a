import LoopIR

/// The gradient of a pooling's input: each output's gradient goes to the first of its window's largest elements, row by
/// row, or in equal shares to all of them. Windows and layouts are those of the forward kernel, which is `pooling`; its
/// `output` is the layout of the gradient that comes in.
package struct PoolingGradient: Hashable, Sendable {
  package var pooling: PoolingKernel
  /// The result, blocked; it may have another halo than what was pooled.
  package var output: ImageLayout

  package init(_ pooling: PoolingKernel, output: ImageLayout) {
    self.pooling = pooling
    self.output = output
  }

  package var chunksPerImage: Int { output.blockCount }

  /// The kernel: one chunk is one block of channels of one image. Operands: gradient; what was pooled (for a maximum);
  /// output.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let emitter = PoolingGradientEmitter(self, in: &builder)
    emitter.emit(in: &builder)
    return builder.kernel(named: name)
  }
}

private struct PoolingGradientEmitter {
  let pooling: PoolingKernel
  let layout: ImageLayout
  let lanes: Int
  let gradient: BufferID
  let input: BufferID?
  let output: BufferID

  init(_ problem: PoolingGradient, in builder: inout KernelBuilder) {
    pooling = problem.pooling
    layout = problem.output
    lanes = layout.channelBlock
    gradient = builder.buffer("gradient", .f32, .read, alignment: pooling.output.byteAlignment)
    input = pooling.reduction == .maximum ? builder.buffer("input", .f32, .read) : nil
    output = builder.buffer("output", .f32, .update)
  }

  private var image: Index { .chunk / layout.blockCount }
  private var block: Index { .chunk % layout.blockCount }

  func emit(in builder: inout KernelBuilder) {
    let plane = image * .constant(layout.elementCount) + block * .constant(layout.blockStride)
    builder.loop("element", to: .constant(layout.blockStride), step: lanes) {
      $0.store(.constant(0, .f32(lanes)), to: output, at: plane + $1)
    }
    let shape = pooling.output
    let mask: Expression? =
      shape.isBlocked || shape.channels % lanes == 0
      ? nil : builder.bind(.firstLanes(.constant(shape.channels) - block * .constant(lanes), lanes: lanes))
    builder.loop("row", to: .constant(shape.rows)) { builder, row in
      let rows = pooling.rowWindow.span(
        at: row, inputExtent: pooling.input.rows, outputExtent: shape.rows, countsPadding: pooling.countsPadding)
      builder.loop("column", to: .constant(shape.columns)) { builder, column in
        let columns = pooling.columnWindow.span(
          at: column, inputExtent: pooling.input.columns, outputExtent: shape.columns,
          countsPadding: pooling.countsPadding)
        let place = shape.index(image: image, vector: block, row: row, column: column, lanes: lanes)
        let share = builder.bind(builder.load(gradient, at: place, lanes: lanes, mask: mask))
        if let input {
          emitMaximum(share, of: input, rows, columns, in: &builder)
        } else {
          emitShares(share, rows, columns, in: &builder)
        }
      }
    }
  }

  /// Visits the positions of a window, row by row.
  private func forEachTap(
    _ rows: PoolingSpan, _ columns: PoolingSpan, in builder: inout KernelBuilder,
    _ body: (inout KernelBuilder, _ row: Index, _ column: Index) -> Void
  ) {
    builder.loop("inputRow", from: rows.from, to: rows.to) { builder, row in
      builder.loop("inputColumn", from: columns.from, to: columns.to) { body(&$0, row, $1) }
    }
  }

  private func emitAddition(_ value: Expression, row: Index, column: Index, in builder: inout KernelBuilder) {
    let place = layout.index(image: image, vector: block, row: row, column: column, lanes: lanes)
    builder.store(builder.load(output, at: place, lanes: lanes) + value, to: output, at: place)
  }

  private func emitShares(
    _ gradient: Expression, _ rows: PoolingSpan, _ columns: PoolingSpan, in builder: inout KernelBuilder
  ) {
    let count = Expression.convert(.index(rows.count * columns.count), to: .f32)
    let share = builder.bind(gradient / .splat(count, lanes: lanes))
    forEachTap(rows, columns, in: &builder) { emitAddition(share, row: $1, column: $2, in: &$0) }
  }

  /// The gradient waits in a register until the first element that equals the largest takes it. (MAX gives its second
  /// operand for NaN: such elements are passed over.)
  private func emitMaximum(
    _ gradient: Expression, of input: BufferID, _ rows: PoolingSpan, _ columns: PoolingSpan,
    in builder: inout KernelBuilder
  ) {
    let zero = Expression.constant(0, .f32(lanes))
    func element(_ builder: inout KernelBuilder, _ row: Index, _ column: Index) -> Expression {
      let place = pooling.input.index(image: image, vector: block, row: row, column: column, lanes: lanes)
      return builder.load(input, at: place, lanes: lanes)
    }
    let largest = builder.register(.constant(-.infinity, .f32(lanes)))
    forEachTap(rows, columns, in: &builder) { builder, row, column in
      builder.assign(largest, .max(element(&builder, row, column), .register(largest)))
    }
    let waiting = builder.register(gradient)
    forEachTap(rows, columns, in: &builder) { builder, row, column in
      let takes = builder.bind(.compare(.equal, element(&builder, row, column), .register(largest)))
      emitAddition(.select(takes, .register(waiting), zero), row: row, column: column, in: &builder)
      builder.assign(waiting, .select(takes, zero, .register(waiting)))
    }
  }
}
