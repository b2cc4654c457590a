import LoopIR

/// Writes the sums, over tiles, of products of transformed inputs with transformed gradients, position by position.
struct WinogradWeightProducts {
  struct Operand {
    var buffer: BufferID
    var origin: Index
    var layout: TileLayout
  }

  /// Tiles that the reduction's loop unrolls.
  static let unrolledTiles = 8

  let tile: BackwardWeights.Tile
  let machine: Machine
  /// Rows of a block of inputs.
  let inputBlock: Int
  let input: Operand
  let gradient: Operand
  let sums: Operand

  /// Sums over `tileCount` tiles of the operands.
  /// - Parameter isFirst: Where it does not hold, the sums are added to those that are there; nil: it always does.
  func emit(
    from firstTile: Index, tileCount: Index, outputTiles: (from: Index, to: Index),
    inputBlocks: (from: Index, to: Index),
    isFirst: Condition?, in builder: inout KernelBuilder
  ) {
    builder.loop("position", to: .constant(sums.layout.positions)) { builder, position in
      builder.loop("outputTile", from: outputTiles.from, to: outputTiles.to) { builder, outputTile in
        builder.loop("inputBlock", from: inputBlocks.from, to: inputBlocks.to) { builder, block in
          builder.loop("channels", to: .constant(inputBlock / tile.channels)) { builder, channelTile in
            let firstChannel = channelTile * .constant(tile.channels)
            let total = emitReduction(
              tileCount,
              input: input.origin + position * .constant(input.layout.positionStride)
                + block * .constant(input.layout.blockStride) + firstTile * .constant(input.layout.lanes)
                + firstChannel,
              gradient: gradient.origin + position * .constant(gradient.layout.positionStride)
                + outputTile * .constant(tile.vectors * gradient.layout.blockStride)
                + firstTile * .constant(gradient.layout.lanes), in: &builder)
            emitStores(
              total,
              at: sums.origin + position * .constant(sums.layout.positionStride)
                + outputTile * .constant(tile.vectors * sums.layout.blockStride)
                + (block * .constant(inputBlock) + firstChannel) * .constant(sums.layout.lanes),
              isFirst: isFirst, in: &builder)
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
      tile: RegisterTile(pixels: tile.channels, vectors: tile.vectors), lanes: lanes,
      pixelOffsets: Array(0..<tile.channels), channelStride: input.layout.lanes,
      weightStrides: (gradient.layout.lanes, gradient.layout.blockStride),
      broadcastsFromMemory: machine.broadcastsFromMemory)
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
