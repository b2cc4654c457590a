import LoopIR

/// Writes the products of transformed tiles with transformed filters, and the transform back with the epilogue.
struct WinogradProducts {
  let problem: Winograd
  let schedule: Winograd.Schedule
  let machine: Machine
  /// Transformed, or as they are trained where the schedule says that chunks transform them.
  let filters: BufferID
  let epilogue: EpilogueBuffers
  let scratch: BufferID
  let output: BufferID

  var lanes: Int { machine.vectorLanes }

  init(_ problem: Winograd, _ schedule: Winograd.Schedule, _ machine: Machine, in builder: inout KernelBuilder) {
    self.problem = problem
    self.schedule = schedule
    self.machine = machine
    filters = builder.buffer("filters", .f32, .read)
    epilogue = EpilogueBuffers(problem.convolution.epilogue, in: &builder)
    scratch = builder.buffer("scratch", .f32, .update)
    output = builder.buffer(
      "output", .f32, .write, aliasSet: problem.convolution.epilogue.residual == nil ? nil : 0)
  }

  /// One tile of output channels, for a block of tiles whose transformed input begins at `origin` of its buffer.
  func emit(
    _ block: TileBlock, channelTile: Index, transformed: BufferID, at origin: Index, in builder: inout KernelBuilder
  ) {
    schedule.emit(channelTile: channelTile, in: &builder) { vectors, builder in
      emitProducts(block, channelTile, vectors: vectors, transformed, at: origin, in: &builder)
      emitOutput(block, channelTile, vectors: vectors, in: &builder)
    }
  }

  /// Transforms the filters of a tile of output channels, where chunks do so.
  func emitFilters(channelTile: Index, in builder: inout KernelBuilder) {
    guard schedule.transformsFilters else { return }
    schedule.emit(channelTile: channelTile, in: &builder) { vectors, builder in
      builder.loop("vector", to: .constant(vectors)) { builder, vector in
        problem.emitFilters(
          ofVector: channelTile * .constant(schedule.tile.vectors) + vector, from: filters, to: scratch,
          at: filtersOrigin + vector * .constant(lanes), vectors: vectors, in: &builder)
      }
    }
  }

  /// Where the transformed filters of the chunk's tile of output channels begin, behind the products.
  private var filtersOrigin: Index { .constant(problem.products(schedule).elementCount) }

  // MARK: Products

  private func emitProducts(
    _ block: TileBlock, _ channelTile: Index, vectors: Int, _ transformed: BufferID, at origin: Index,
    in builder: inout KernelBuilder
  ) {
    let source = problem.transformedInput(schedule)
    let target = problem.products(schedule)
    let tile = RegisterTile(pixels: schedule.tile.pixels, vectors: vectors)
    let micro = MicroKernel(
      tile: tile, lanes: lanes, pixelOffsets: (0..<tile.pixels).map { $0 * lanes }, channelStride: 1,
      broadcastsFromMemory: machine.broadcastsFromMemory)
    let inputs = source.blocks * lanes
    let (weights, firstWeight) =
      schedule.transformsFilters
      ? (scratch, filtersOrigin) : (filters, channelTile * .constant(problem.filterTileElementCount(schedule)))
    let channels = problem.convolution.input.channels
    let firstStored = schedule.isFused ? 0 : block.firstStored
    loopOverPositions(of: block, in: &builder) { position, tiles, builder in
      // The last register tile may have pixels that are no tile: they are computed from what happens to be there, and
      // not read again.
      builder.loop("registerTile", to: (tiles + .constant(tile.pixels - 1)) / tile.pixels) { builder, registerTile in
        let first = registerTile * .constant(tile.pixels)
        let sums = micro.makeAccumulators(
          in: &builder, initial: [Expression](repeating: .constant(0, .f32(lanes)), count: vectors))
        func accumulate(_ channelBlock: Index, channels: Int, in builder: inout KernelBuilder) {
          micro.accumulate(
            into: sums, input: transformed,
            at: origin + (firstStored + first) * .constant(lanes) + position * .constant(source.positionStride)
              + channelBlock * .constant(source.blockStride),
            weights: weights,
            at: firstWeight + position * .constant(inputs * vectors * lanes)
              + channelBlock * .constant(lanes * vectors * lanes),
            channelCount: channels, in: &builder)
        }
        if channels >= lanes {
          builder.loop("channelBlock", to: .constant(channels / lanes)) { accumulate($1, channels: lanes, in: &$0) }
        }
        if channels % lanes > 0 {
          accumulate(.constant(channels / lanes), channels: channels % lanes, in: &builder)
        }
        for (pixel, row) in sums.enumerated() {
          for (vector, sum) in row.enumerated() {
            let place =
              productsOrigin + position * .constant(target.positionStride)
              + (first + .constant(pixel)) * .constant(lanes) + .constant(vector * target.blockStride)
            builder.store(.register(sum), to: scratch, at: place)
          }
        }
      }
    }
  }

  /// The body for each position, and the tiles of the block that have a product there.
  private func loopOverPositions(
    of block: TileBlock, in builder: inout KernelBuilder,
    _ body: (_ position: Index, _ tiles: Index, inout KernelBuilder) -> Void
  ) {
    builder.loop("row", to: .constant(problem.vertical.positionCount)) { builder, row in
      builder.loop("column", to: .constant(problem.horizontal.positionCount)) { builder, column in
        body(
          row * .constant(problem.horizontal.positionCount) + column,
          problem.tileCount(of: block, atRow: row, column: column, schedule), &builder)
      }
    }
  }

  /// Where the products begin: behind the transformed input, where that is in the scratch too.
  var productsOrigin: Index {
    .constant(schedule.isFused ? problem.transformedInput(schedule).elementCount : 0)
  }
}
