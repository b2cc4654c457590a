import LoopIR

/// A convolution of stride 2 over an image of few channels, seen as one without a stride: the image's pixels of even and
/// odd rows and columns become channels, four times as many, and the kernel has half as many rows and columns. Winograd's
/// algorithm then applies, where the tile of outputs is large in proportion.
package struct PhaseSplit: Hashable, Sendable {
  /// With the stride. Its input is plain and needs no halo.
  package var convolution: Convolution
  /// Of the blocked image that `kernel(named:)` writes: all zeros that are read are in it, so it has no padding.
  package let dense: Convolution

  /// More are split better where they are blocked.
  private static let mostChannels = 4

  /// nil where it does not apply: it takes a plain input of few channels, a stride of 2, and a kernel that halves to what Winograd's
  /// algorithm has transforms for.
  package init?(_ convolution: Convolution, lanes: Int) {
    let taps = (rows: (convolution.kernelRows + 1) / 2, columns: (convolution.kernelColumns + 1) / 2)
    guard
      convolution.rowStride == 2, convolution.columnStride == 2, !convolution.input.isBlocked,
      convolution.groups == 1, convolution.filter == nil, convolution.rowDilation == 1,
      convolution.columnDilation == 1, convolution.input.columns >= 2, convolution.input.channels <= Self.mostChannels,
      taps.rows > 3, taps.columns > 3
    else { return nil }
    self.convolution = convolution
    var dense = convolution
    dense.input = ImageLayout(
      channels: 4 * convolution.input.channels, rows: convolution.output.rows + taps.rows - 1,
      columns: convolution.output.columns + taps.columns - 1, channelBlock: lanes)
    (dense.kernelRows, dense.kernelColumns) = taps
    (dense.rowStride, dense.columnStride) = (1, 1)
    (dense.paddingTop, dense.paddingLeft) = (0, 0)
    guard Winograd.applies(to: dense) else { return nil }
    self.dense = dense
  }

  /// Winograd's algorithm for the dense convolution, in one step.
  func winograds(machine: Machine, largestBatch: Int) -> [(Winograd, Winograd.Schedule)] {
    Winograd.problems(dense).flatMap { problem in
      problem.schedules(machine: machine, largestBatch: largestBatch).filter(\.isFused).map { (problem, $0) }
    }
  }

  // MARK: The image

  private static let rowsPerChunk = 8

  package var chunksPerImage: Int { (dense.input.rows + Self.rowsPerChunk - 1) / Self.rowsPerChunk }

  /// Channels of one row phase: [input channel][column phase].
  private var rowPhaseChannels: Int { 2 * convolution.input.channels }

  /// Splits the image; a chunk is some rows. Pixel (i, j) has the input's pixels (2 i + p, 2 j + q), less the padding, in
  /// its channels [p][input channel][q]. Operands: input, dense input.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let source = builder.buffer("input", .f32, .read, alignment: 4)
    let target = builder.buffer("phases", .f32, .write)
    let image = Index.chunk / chunksPerImage
    let first = (Index.chunk % chunksPerImage) * .constant(Self.rowsPerChunk)
    let last = Index.min(first + .constant(Self.rowsPerChunk), .constant(dense.input.rows))
    builder.loop("row", from: first, to: last) { builder, row in
      let line = Line(self, image: image, row: row, source: source, target: target, in: &builder)
      // Columns whose two pixels are both inside.
      let firstInside = (convolution.paddingLeft + 1) / 2
      let endInside = min(dense.input.columns, (convolution.input.columns + convolution.paddingLeft) / 2)
      for column in 0..<firstInside { line.emitEdge(column, in: &builder) }
      builder.loop("column", from: .constant(firstInside), to: .constant(endInside)) { builder, column in
        let start = column * 2 - .constant(convolution.paddingLeft)
        line.emit(at: column, in: &builder) { $0.bind($0.load(source, at: $1 + start, lanes: 2)) }
      }
      for column in endInside..<dense.input.columns { line.emitEdge(column, in: &builder) }
    }
    return builder.kernel(named: name)
  }

  /// A row of the dense image.
  private struct Line {
    let split: PhaseSplit
    let source: BufferID
    let target: BufferID
    /// Where the rows of the input begin that its channels come from: [row phase][input channel].
    let sources: [Index]
    /// For each block of channels, where its pixel of column 0 is, and lanes that are read, with those before them that
    /// are not: of rows outside.
    let blocks: [(origin: Index, outside: Expression, inside: Expression)]

    init(
      _ split: PhaseSplit, image: Index, row: Index, source: BufferID, target: BufferID,
      in builder: inout KernelBuilder
    ) {
      self.split = split
      self.source = source
      self.target = target
      let (input, dense) = (split.convolution.input, split.dense.input)
      let top = row * 2 - .constant(split.convolution.paddingTop)
      sources = (0..<2).flatMap { phase in
        let inside = Index.min(.max(top + .constant(phase), 0), .constant(input.rows - 1))
        return (0..<input.channels).map { channel in
          image * .constant(input.elementCount) + inside * .constant(input.rowStride)
            + .constant(channel * input.blockStride)
        }
      }
      func lanes(rows: Index, block: Int) -> Expression {
        let channels = Index.min(.max(rows, 0), 2) * .constant(split.rowPhaseChannels)
        let count = Index.min(.max(channels - .constant(block * dense.channelBlock), 0), .constant(dense.channelBlock))
        return builder.bind(.firstLanes(count, lanes: dense.channelBlock))
      }
      blocks = (0..<dense.blockCount).map { block in
        (
          image * .constant(dense.elementCount) + row * .constant(dense.rowStride)
            + .constant(block * dense.blockStride),
          lanes(rows: 0 - top, block: block), lanes(rows: .constant(input.rows) - top, block: block)
        )
      }
    }

    /// Writes a pixel, of the pairs of columns that `pair` loads from a row.
    func emit(
      at column: Index, in builder: inout KernelBuilder, pair: (inout KernelBuilder, Index) -> Expression
    ) {
      let lanes = split.dense.input.channelBlock
      let pairs = sources.map { pair(&builder, $0) }
      for (number, block) in blocks.enumerated() {
        let nothing = Expression.constant(0, .f32(2))
        let own = (number * lanes / 2..<(number + 1) * lanes / 2).map { $0 < pairs.count ? pairs[$0] : nothing }
        let zero = Expression.constant(0, .f32(lanes))
        let value = builder.bind(.select(block.inside, joined(own, in: &builder), zero))
        builder.store(
          .select(block.outside, zero, value), to: target, at: block.origin + column * .constant(lanes))
      }
    }

    /// Vectors laid end to end, two by two.
    private func joined(_ parts: [Expression], in builder: inout KernelBuilder) -> Expression {
      guard parts.count > 1 else { return parts[0] }
      let halves = (
        joined(Array(parts[..<(parts.count / 2)]), in: &builder),
        joined(Array(parts[(parts.count / 2)...]), in: &builder)
      )
      return builder.bind(.shuffle(Array(0..<2 * halves.0.type.lanes), halves.0, halves.1))
    }

    /// A pixel of which a column, or both, are outside.
    func emitEdge(_ column: Int, in builder: inout KernelBuilder) {
      let columns = split.convolution.input.columns
      let first = 2 * column - split.convolution.paddingLeft
      let start = min(max(first, 0), columns - 2)
      let zero = Expression.constant(0, .f32(2))
      let lanes = (first..<first + 2).map { (0..<columns).contains($0) ? $0 - start : 2 }
      emit(at: .constant(column), in: &builder) { builder, row in
        let value = builder.bind(builder.load(source, at: row + .constant(start), lanes: 2))
        return builder.bind(.shuffle(lanes, value, zero))
      }
    }
  }
}

extension PhaseSplit {
  /// Transformed filters of the dense convolution, from the strided one's.
  package struct FilterPacking: ConstantPacking {
    package var split: PhaseSplit
    package var dense: Winograd.FilterPacking

    package init(_ split: PhaseSplit, _ dense: Winograd.FilterPacking) {
      self.split = split
      self.dense = dense
    }

    package var tunable: Convolution? { split.convolution }
    package var elementCount: Int { dense.elementCount }

    package func pack(_ filter: UnsafeBufferPointer<Float>, into packed: UnsafeMutableBufferPointer<Float>) {
      let (strided, taps) = (split.convolution, split.dense)
      let channels = strided.input.channels
      let (rows, columns) = (strided.kernelRows, strided.kernelColumns)
      let tapCount = taps.kernelRows * taps.kernelColumns
      var halved = [Float](repeating: 0, count: strided.output.channels * taps.input.channels * tapCount)
      for output in 0..<strided.output.channels {
        for channel in 0..<channels {
          for tap in 0..<rows * columns {
            let (row, column) = (tap / columns, tap % columns)
            let phase = (row % 2 * channels + channel) * 2 + column % 2
            let place = row / 2 * taps.kernelColumns + column / 2
            halved[(output * taps.input.channels + phase) * tapCount + place] =
              filter[(output * channels + channel) * rows * columns + tap]
          }
        }
      }
      halved.withUnsafeBufferPointer { dense.pack($0, into: packed) }
    }
  }
}
