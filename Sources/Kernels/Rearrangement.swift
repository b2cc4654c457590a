import LoopIR

/// Copies channels of one or more blocked tensors into a blocked tensor: concatenation, zero channels before or
/// behind, every s-th row and column, zero padding, and, with first channels and offsets below zero, parts of a tensor.
/// Positions that no source reaches become zero. Vectors, which are plain, can be concatenated and cut too.
package struct Rearrangement: Hashable, Sendable {
  package struct Source: Hashable, Sendable {
    package var layout: ImageLayout
    /// The output channel that its first channel becomes; below zero where the output begins with a later one.
    package var firstChannel: Int

    package init(layout: ImageLayout, firstChannel: Int) {
      self.layout = layout
      self.firstChannel = firstChannel
    }
  }

  package var sources: [Source]
  package var output: ImageLayout
  /// Output row r is row r * rowStep - rowOffset of the sources; columns alike.
  package var rowStep: Int
  package var columnStep: Int
  package var rowOffset: Int
  package var columnOffset: Int

  package init(
    sources: [Source], output: ImageLayout, step: (rows: Int, columns: Int) = (1, 1),
    offset: (rows: Int, columns: Int) = (0, 0)
  ) {
    self.sources = sources
    self.output = output
    rowStep = step.rows
    columnStep = step.columns
    rowOffset = offset.rows
    columnOffset = offset.columns
  }

  package var chunksPerImage: Int { output.rows }

  /// The kernel: one chunk is one row of one image, all channels. Operands: the sources, output.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let inputs = sources.enumerated().map { number, source in
      builder.buffer("source\(number)", .f32, .read, alignment: source.layout.byteAlignment)
    }
    let target = builder.buffer("output", .f32, .write, alignment: output.byteAlignment)
    let emitter = RearrangementEmitter(problem: self, inputs: inputs, target: target)
    if output.isBlocked { emitter.emit(in: &builder) } else { emitter.emitVector(in: &builder) }
    return builder.kernel(named: name)
  }
}

private struct RearrangementEmitter {
  let problem: Rearrangement
  let inputs: [BufferID]
  let target: BufferID

  /// What one output block takes from one source: two neighbouring source blocks, seen as one vector of twice the
  /// lanes, from lane `shift` on.
  struct Piece: Hashable {
    var source: Int
    /// Source block minus output block.
    var blockDelta: Int
    var shift: Int
    /// Lanes of the output block that it fills.
    var lanes: Range<Int>
    var hasFirstBlock: Bool
    var hasSecondBlock: Bool
  }

  private var lanes: Int { problem.output.channelBlock }

  func emit(in builder: inout KernelBuilder) {
    let image = Index.chunk / problem.output.rows
    let row = Index.chunk % problem.output.rows
    let blocks = (0..<problem.output.blockCount).map(pieces)
    var first = 0
    while first < blocks.count {
      // Blocks that are made the same way share a loop.
      let last = blocks[first...].firstIndex { $0 != blocks[first] } ?? blocks.count
      builder.loop("block", from: .constant(first), to: .constant(last)) { builder, block in
        emitRow(blocks[first], image: image, row: row, block: block, in: &builder)
      }
      first = last
    }
  }

  /// Vectors one behind the other.
  func emitVector(in builder: inout KernelBuilder) {
    for (source, buffer) in zip(problem.sources, inputs) {
      let from = Index.chunk * .constant(source.layout.elementCount)
      let to = Index.chunk * .constant(problem.output.elementCount) + .constant(source.firstChannel)
      let first = max(0, -source.firstChannel)
      let last = min(source.layout.channels, problem.output.channels - source.firstChannel)
      builder.loop("channel", from: .constant(first), to: .constant(last)) {
        $0.store($0.load(buffer, at: from + $1), to: target, at: to + $1)
      }
    }
  }

  private func pieces(ofBlock block: Int) -> [Piece] {
    problem.sources.enumerated().compactMap { number, source in
      let start = block * lanes - source.firstChannel
      let first = max(0, -start)
      let last = min(lanes, source.layout.channels - start, problem.output.channels - block * lanes)
      guard first < last else { return nil }
      let channels = first..<last
      let firstBlock = start >= 0 ? start / lanes : -((-start + lanes - 1) / lanes)
      let shift = start - firstBlock * lanes
      return Piece(
        source: number, blockDelta: firstBlock - block, shift: shift, lanes: channels,
        hasFirstBlock: firstBlock >= 0 && channels.lowerBound + shift < lanes,
        hasSecondBlock: channels.upperBound + shift > lanes)
    }
  }

  private func emitRow(
    _ pieces: [Piece], image: Index, row: Index, block: Index, in builder: inout KernelBuilder
  ) {
    let layout = problem.output
    let line =
      image * .constant(layout.elementCount) + block * .constant(layout.blockStride)
      + row * .constant(layout.rowStride) + .constant(layout.firstColumn)
    let zero = Expression.constant(0, .f32(lanes))
    func clear(_ columns: Range<Int>, in builder: inout KernelBuilder) {
      builder.loop("column", from: .constant(columns.lowerBound), to: .constant(columns.upperBound)) {
        $0.store(zero, to: target, at: line + $1 * .constant(lanes))
      }
    }
    let extent = problem.sources[0].layout
    let covered = covered(extent.columns, layout.columns, problem.columnStep, problem.columnOffset)
    if layout.columnHalo > 0 || covered.lowerBound > 0 { clear(-layout.columnHalo..<covered.lowerBound, in: &builder) }
    let coveredRows = self.covered(extent.rows, layout.rows, problem.rowStep, problem.rowOffset)
    let copy: (inout KernelBuilder) -> Void = { builder in
      builder.loop("column", from: .constant(covered.lowerBound), to: .constant(covered.upperBound)) {
        let value = emitPixel(pieces, image: image, row: row, column: $1, block: block, in: &$0)
        $0.store(value, to: target, at: line + $1 * .constant(lanes))
      }
    }
    if coveredRows == 0..<layout.rows {
      copy(&builder)
    } else {
      builder.conditional(Condition(row, .less, .constant(coveredRows.lowerBound))) {
        clear(covered, in: &$0)
      } else: {
        $0.conditional(Condition(row, .less, .constant(coveredRows.upperBound)), then: copy) {
          clear(covered, in: &$0)
        }
      }
    }
    let end = layout.columns + layout.columnHalo
    if covered.upperBound < end { clear(covered.upperBound..<end, in: &builder) }
  }

  /// Output positions along an axis that fall on the sources.
  private func covered(_ inputExtent: Int, _ outputExtent: Int, _ step: Int, _ offset: Int) -> Range<Int> {
    let first = min(outputExtent, (max(0, offset) + step - 1) / step)
    let last = max(first, min(outputExtent, (inputExtent + offset + step - 1) / step))
    return first..<last
  }

  private func emitPixel(
    _ pieces: [Piece], image: Index, row: Index, column: Index, block: Index, in builder: inout KernelBuilder
  ) -> Expression {
    let zero = Expression.constant(0, .f32(lanes))
    var result = zero
    for piece in pieces {
      let layout = problem.sources[piece.source].layout
      let index =
        image * .constant(layout.elementCount)
        + (block + .constant(piece.blockDelta)) * .constant(layout.blockStride)
        + (row * .constant(problem.rowStep) - .constant(problem.rowOffset)) * .constant(layout.rowStride)
        + (column * .constant(problem.columnStep) - .constant(problem.columnOffset)) * .constant(lanes)
        + .constant(layout.firstColumn)
      let buffer = inputs[piece.source]
      let first = piece.hasFirstBlock ? builder.bind(builder.load(buffer, at: index, lanes: lanes)) : zero
      let second =
        piece.hasSecondBlock
        ? builder.bind(builder.load(buffer, at: index + .constant(layout.blockStride), lanes: lanes)) : zero
      let shifted =
        piece.shift == 0
        ? first : builder.bind(.shuffle((0..<lanes).map { $0 + piece.shift }, first, second))
      if piece.lanes == 0..<lanes {
        result = shifted
      } else {
        // Lanes of the piece come from the second operand, the others stay.
        let merged = (0..<lanes).map { piece.lanes.contains($0) ? lanes + $0 : $0 }
        result = builder.bind(.shuffle(merged, result, shifted))
      }
    }
    return result
  }
}
