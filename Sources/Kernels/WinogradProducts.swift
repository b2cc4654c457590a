import LoopIR

/// Writes the products of transformed tiles with transformed filters, and the transform back with the epilogue.
struct WinogradProducts {
  let problem: Winograd
  let schedule: Winograd.Schedule
  let machine: Machine
  /// Transformed, or as they are trained where the schedule says that chunks transform them.
  let filters: BufferID
  let scratch: BufferID
  let output: ConvolutionOutput

  var lanes: Int { machine.vectorLanes }

  init(_ problem: Winograd, _ schedule: Winograd.Schedule, _ machine: Machine, in builder: inout KernelBuilder) {
    self.problem = problem
    self.schedule = schedule
    self.machine = machine
    filters = builder.buffer("filters", .f32, .read)
    let epilogue = EpilogueBuffers(problem.convolution.epilogue, in: &builder)
    scratch = builder.buffer("scratch", .f32, .update)
    output = ConvolutionOutput(problem.convolution, epilogue, in: &builder)
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
    let firstStored = schedule.isFused ? 0 : block.firstStored
    let (filters, firstFilter) =
      schedule.transformsFilters
      ? (scratch, filtersOrigin) : (filters, channelTile * .constant(problem.filterTileElementCount(schedule)))
    loopOverPositions(in: &builder) { row, column, builder in
      let position = row * .constant(problem.horizontal.positionCount) + column
      let products = Products(
        tiles: problem.tileCount(of: block, atRow: row, column: column, schedule),
        channelBlocks: problem.channelBlocks(atRow: row, column: column), vectors: vectors, inputs: transformed,
        firstInput: origin + firstStored * .constant(lanes) + position * .constant(source.positionStride),
        filters: filters,
        firstFilter: firstFilter + position * .constant(source.blocks * lanes * vectors * lanes),
        firstProduct: productsOrigin + position * .constant(problem.products(schedule).positionStride))
      loopOverPasses(products.channelBlocks, in: &builder) { emit(products, $0, in: &$1) }
    }
  }

  /// The products of a block of tiles with a tile of output channels at one position.
  private struct Products {
    var tiles: Index
    var channelBlocks: Winograd.ChannelBlocks
    var vectors: Int
    var inputs: BufferID
    var firstInput: Index
    var filters: BufferID
    var firstFilter: Index
    var firstProduct: Index
  }

  /// Input channels that all register tiles of a position meet before the next: whole blocks, then some of another.
  private struct Pass {
    var firstBlock: Index
    var blocks: Index
    var channelsBeyond: Int
    var isFirst: Bool
  }

  /// The body for each pass over the input channels, in their order.
  private func loopOverPasses(
    _ channelBlocks: Winograd.ChannelBlocks, in builder: inout KernelBuilder,
    _ body: (Pass, inout KernelBuilder) -> Void
  ) {
    let (blocks, beyond) = problem.inputChannelCount.quotientAndRemainder(dividingBy: lanes)
    let size = problem.blocksPerPass(schedule, machine)
    guard size < blocks else {
      return body(Pass(firstBlock: 0, blocks: channelBlocks.count, channelsBeyond: beyond, isFirst: true), &builder)
    }
    body(Pass(firstBlock: 0, blocks: .constant(size), channelsBeyond: 0, isFirst: true), &builder)
    builder.loop("pass", from: 1, to: channelBlocks.count / size) { builder, pass in
      let first = pass * .constant(size)
      body(Pass(firstBlock: first, blocks: .constant(size), channelsBeyond: 0, isFirst: false), &builder)
    }
    let rest = blocks % size
    if rest + beyond > 0 {
      let first = Index.constant(blocks - rest)
      body(Pass(firstBlock: first, blocks: .constant(rest), channelsBeyond: beyond, isFirst: false), &builder)
    }
  }

  /// The last register tile may have pixels that are no tile: they are computed from what happens to be there, and not
  /// read again.
  private func emit(_ products: Products, _ pass: Pass, in builder: inout KernelBuilder) {
    let tile = RegisterTile(pixels: schedule.tile.pixels, vectors: products.vectors)
    let micro = MicroKernel(
      tile: tile, on: machine, pixelOffsets: (0..<tile.pixels).map { $0 * lanes }, channelStride: 1,
      prefetchesWeights: true)
    let (source, target) = (problem.transformedInput(schedule), problem.products(schedule))
    builder.loop("registerTile", to: (products.tiles + .constant(tile.pixels - 1)) / tile.pixels) { builder, number in
      let first = number * .constant(tile.pixels)
      func place(_ pixel: Int, _ vector: Int) -> Index {
        products.firstProduct + (first + .constant(pixel)) * .constant(lanes) + .constant(vector * target.blockStride)
      }
      let sums = (0..<tile.pixels).map { pixel in
        (0..<tile.vectors).map { vector in
          builder.register(
            pass.isFirst ? .constant(0, .f32(lanes)) : builder.load(scratch, at: place(pixel, vector), lanes: lanes))
        }
      }
      func accumulate(_ channelBlock: Index, channels: Int, in builder: inout KernelBuilder) {
        micro.accumulate(
          into: sums, input: products.inputs,
          at: products.firstInput + first * .constant(lanes) + channelBlock * .constant(source.blockStride),
          weights: products.filters,
          at: products.firstFilter + channelBlock * .constant(lanes * tile.vectors * lanes), channelCount: channels,
          in: &builder)
      }
      builder.loop("channelBlock", to: pass.blocks) { builder, block in
        accumulate(products.channelBlocks.place(of: pass.firstBlock + block), channels: lanes, in: &builder)
      }
      if pass.channelsBeyond > 0 {
        accumulate(pass.firstBlock + pass.blocks, channels: pass.channelsBeyond, in: &builder)
      }
      for (pixel, row) in sums.enumerated() {
        for (vector, sum) in row.enumerated() {
          builder.store(.register(sum), to: scratch, at: place(pixel, vector))
        }
      }
    }
  }

  /// The body for each position.
  private func loopOverPositions(
    in builder: inout KernelBuilder, _ body: (_ row: Index, _ column: Index, inout KernelBuilder) -> Void
  ) {
    builder.loop("row", to: .constant(problem.vertical.positionCount)) { builder, row in
      builder.loop("column", to: .constant(problem.horizontal.positionCount)) { body(row, $1, &$0) }
    }
  }

  /// Where the products begin: behind the transformed input, where that is in the scratch too.
  var productsOrigin: Index {
    .constant(schedule.isFused ? problem.transformedInput(schedule).elementCount : 0)
  }
}
