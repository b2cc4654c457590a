import LoopIR

/// Writes the sums, over tiles, of products of transformed inputs with transformed gradients, position by position.
struct WinogradWeightProducts {
  struct Operand {
    var buffer: BufferID
    /// Where the first position's elements begin.
    var origin: Index
    var layout: TileLayout
    /// Positions in a row of the transform.
    var columns: Int

    /// Where the elements of a position begin.
    func place(row: Index, column: Index) -> Index {
      origin + (row * .constant(columns) + column) * .constant(layout.positionStride)
    }
  }

  /// Tiles that the reduction's loop unrolls.
  static let unrolledTiles = 8

  let tile: BackwardWeights.Tile
  let machine: Machine
  /// Rows of a block of inputs.
  let inputBlock: Int
  /// Rows and columns of positions.
  let positions: (rows: Int, columns: Int)
  let input: Operand
  let gradient: Operand
  let sums: Operand

  /// Sums over tiles of the operands.
  /// - Parameters:
  ///   - isFirst: Where it does not hold, the sums are added to those that are there; nil: it always does.
  ///   - tiles: The first of the tiles that have a product at a position, and how many there are.
  func emit(
    outputTiles: (from: Index, to: Index), inputBlocks: (from: Index, to: Index), isFirst: Condition?,
    in builder: inout KernelBuilder, tiles: (_ row: Index, _ column: Index) -> (first: Index, count: Index)
  ) {
    builder.loop("row", to: .constant(positions.rows)) { builder, row in
      builder.loop("column", to: .constant(positions.columns)) { builder, column in
        let tiles = tiles(row, column)
        let input = input.place(row: row, column: column) + tiles.first * .constant(input.layout.lanes)
        let gradient = gradient.place(row: row, column: column) + tiles.first * .constant(gradient.layout.lanes)
        let sums = sums.place(row: row, column: column)
        builder.loop("outputTile", from: outputTiles.from, to: outputTiles.to) { builder, outputTile in
          builder.loop("inputBlock", from: inputBlocks.from, to: inputBlocks.to) { builder, block in
            builder.loop("channels", to: .constant(inputBlock / tile.channels)) { builder, channelTile in
              let firstChannel = channelTile * .constant(tile.channels)
              let total = emitReduction(
                tiles.count, input: input + block * .constant(self.input.layout.blockStride) + firstChannel,
                gradient: gradient + outputTile * .constant(tile.vectors * self.gradient.layout.blockStride),
                in: &builder)
              emitStores(
                total,
                at: sums + outputTile * .constant(tile.vectors * self.sums.layout.blockStride)
                  + (block * .constant(inputBlock) + firstChannel) * .constant(self.sums.layout.lanes),
                isFirst: isFirst, in: &builder)
            }
          }
        }
      }
    }
  }

  private func emitReduction(
    _ tileCount: Index, input inputIndex: Index, gradient gradientIndex: Index, in builder: inout KernelBuilder
  ) -> [[Register]] {
    let lanes = machine.vectorLanes
    let micro = MicroKernel(
      tile: RegisterTile(pixels: tile.channels, vectors: tile.vectors), on: machine,
      pixelOffsets: Array(0..<tile.channels), channelStride: input.layout.lanes,
      weightStrides: (gradient.layout.lanes, gradient.layout.blockStride), prefetchesWeights: false)
    let zero = Expression.constant(0, .f32(lanes))
    let total = micro.makeAccumulators(in: &builder, initial: Array(repeating: zero, count: tile.vectors))
    func emit(unrolled: Int, from: Index, to: Index, in builder: inout KernelBuilder) {
      builder.loop("tiles", from: from, to: to, step: unrolled) { builder, tile in
        micro.accumulate(
          into: total, input: input.buffer, at: inputIndex + tile * .constant(input.layout.lanes),
          weights: gradient.buffer, at: gradientIndex + tile * .constant(gradient.layout.lanes),
          channelCount: unrolled, in: &builder)
      }
    }
    let even = tileCount / Self.unrolledTiles * .constant(Self.unrolledTiles)
    emit(unrolled: Self.unrolledTiles, from: 0, to: even, in: &builder)
    emit(unrolled: 1, from: even, to: tileCount, in: &builder)
    return total
  }

  private func emitStores(
    _ total: [[Register]], at place: Index, isFirst: Condition?, in builder: inout KernelBuilder
  ) {
    func emit(adds: Bool, in builder: inout KernelBuilder) {
      for (channel, vectors) in total.enumerated() {
        for (vector, sum) in vectors.enumerated() {
          let index = place + .constant(channel * sums.layout.lanes + vector * sums.layout.blockStride)
          let before = builder.load(sums.buffer, at: index, lanes: machine.vectorLanes)
          builder.store(adds ? before + .register(sum) : .register(sum), to: sums.buffer, at: index)
        }
      }
    }
    guard let isFirst else {
      emit(adds: false, in: &builder)
      return
    }
    builder.conditional(isFirst) {
      emit(adds: false, in: &$0)
    } else: {
      emit(adds: true, in: &$0)
    }
  }
}
