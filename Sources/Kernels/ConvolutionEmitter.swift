import LoopIR

/// The buffers of a convolution's kernel.
struct ConvolutionBuffers {
  let input: BufferID
  let weights: BufferID
  let output: ConvolutionOutput

  init(_ problem: Convolution, in builder: inout KernelBuilder) {
    input = builder.buffer("input", .f32, .read)
    weights = builder.buffer("weights", .f32, .read)
    output = ConvolutionOutput(problem, EpilogueBuffers(problem.epilogue, in: &builder), in: &builder)
  }
}

/// Writes a convolution's loops around the micro-kernel.
struct ConvolutionEmitter {
  let problem: Convolution
  let schedule: Convolution.Schedule
  let machine: Machine
  let lanes: Int
  /// Of as many rows as a tile has, and of a last single one.
  let tiling: RowTiling
  let lastRowTiling: RowTiling
  let buffers: ConvolutionBuffers

  init(
    _ problem: Convolution, _ schedule: Convolution.Schedule, _ machine: Machine, _ buffers: ConvolutionBuffers
  ) {
    self.problem = problem
    self.schedule = schedule
    self.machine = machine
    self.buffers = buffers
    lanes = machine.vectorLanes
    let tile = schedule.tiling.tile
    tiling = RowTiling(columns: problem.outputColumns, vectors: tile.vectors, mostPixels: tile.pixels)
    lastRowTiling = schedule.rowsPerTile == 1 ? tiling : problem.lastRowTiling(of: schedule, on: machine)
  }

  /// Where a tile of pixels stands: from `row` on, `rowCount` rows, in a chunk that begins with `firstRow`.
  struct Place {
    var image: Index
    var row: Index
    var rowCount = 1
    var channelTile: Index
    var firstRow: Index

    func row(_ number: Int) -> Place {
      var place = self
      place.row = row + .constant(number)
      place.rowCount = 1
      return place
    }
  }

  /// The loops over a chunk's images and tiles of channels; `body` is given the first of its rows.
  func emitChunk(
    in builder: inout KernelBuilder,
    _ body: (inout KernelBuilder, _ image: Index, _ tile: Index, _ firstRow: Index) -> Void
  ) {
    let chunks = problem.chunksPerGroup(schedule)
    let bands = problem.rowBands(schedule)
    let group = Index.chunk / chunks
    let channelBand = (Index.chunk % chunks) / bands
    let rowBand = (Index.chunk % chunks) % bands
    let images = schedule.imagesPerChunk
    let firstTile = channelBand * .constant(schedule.channelTilesPerChunk)
    let lastTile = Index.min(
      firstTile + .constant(schedule.channelTilesPerChunk), .constant(schedule.channelTileCount))
    let firstRow = rowBand * .constant(schedule.rowsPerChunk)
    builder.loop(
      "image", from: group * .constant(images), to: .min((group + 1) * .constant(images), .batch)
    ) { builder, image in
      builder.loop("tile", from: firstTile, to: lastTile) { builder, tile in
        body(&builder, image, tile, firstRow)
      }
    }
  }

  /// As many rows as a tile has, or the last single one.
  func emitRows(_ single: Place, to end: Index, in builder: inout KernelBuilder) {
    guard schedule.rowsPerTile > 1 else {
      emitRows(single, in: &builder)
      return
    }
    var whole = single
    whole.rowCount = schedule.rowsPerTile
    guard problem.outputRows % schedule.rowsPerTile != 0 || schedule.rowsPerChunk % schedule.rowsPerTile != 0 else {
      emitRows(whole, in: &builder)
      return
    }
    builder.conditional(Condition(single.row + 1, .less, end)) {
      emitRows(whole, in: &$0)
    } else: {
      emitRows(single, in: &$0)
    }
  }

  /// The kernel rows that fall on rows of the input.
  private func clippedKernelRows(_ row: Index) -> (from: Index, to: Index) {
    let top = row * .constant(problem.rowStride) - .constant(problem.paddingTop)
    let dilation = problem.rowDilation
    func roundedUp(_ index: Index) -> Index { (Index.max(index, 0) + .constant(dilation - 1)) / dilation }
    let reach = (problem.outputRows - 1) * problem.rowStride - problem.paddingTop
    let needsBottom = reach + (problem.kernelRows - 1) * dilation >= problem.input.rows
    let from: Index = problem.paddingTop == 0 ? 0 : roundedUp(0 - top)
    let to: Index =
      needsBottom
      ? .min(.constant(problem.kernelRows), roundedUp(.constant(problem.input.rows) - top))
      : .constant(problem.kernelRows)
    return (from, to)
  }

  private func emitRows(_ place: Place, in builder: inout KernelBuilder) {
    let vectors = schedule.tiling.tile.vectors
    guard schedule.tailVectors > 0 else {
      emitRows(place, vectors: vectors, in: &builder)
      return
    }
    builder.conditional(Condition(place.channelTile, .less, .constant(schedule.fullChannelTiles))) {
      emitRows(place, vectors: vectors, in: &$0)
    } else: {
      emitRows(place, vectors: schedule.tailVectors, in: &$0)
    }
  }

  private func emitRows(_ place: Place, vectors: Int, in builder: inout KernelBuilder) {
    let tiling = place.rowCount == 1 ? lastRowTiling : tiling
    let full = tiling.tile.pixels
    builder.loop("columnTile", to: .constant(tiling.fullCount)) { builder, index in
      emitTile(columns: full, vectors: vectors, at: index * .constant(full), place, in: &builder)
    }
    if tiling.narrowCount > 0 {
      let first = Index.constant(tiling.fullCount * full)
      builder.loop("columnTile", to: .constant(tiling.narrowCount)) { builder, index in
        emitTile(
          columns: full - 1, vectors: vectors, at: first + index * .constant(full - 1), place, in: &builder)
      }
    }
    // One phase of the columns writes it for all.
    guard problem.columnPhase.first == 0 else { return }
    for row in 0..<place.rowCount { emitHalo(place.row(row), vectors: vectors, in: &builder) }
  }

  /// One register tile: from the bias, over the reduction, through the epilogue, to memory.
  private func emitTile(
    columns: Int, vectors: Int, at column: Index, _ place: Place, in builder: inout KernelBuilder
  ) {
    let tile = RegisterTile(pixels: place.rowCount * columns, vectors: vectors)
    let micro = MicroKernel(
      tile: tile, on: machine, pixelOffsets: pixelOffsets(rows: place.rowCount, columns: columns),
      channelStride: problem.input.channelStride,
      weightStrides: problem.filter.map { (lanes, $0.outputBlockStride) }, prefetchesWeights: problem.filter == nil,
      sums: problem.sums)
    let channel = place.channelTile * .constant(schedule.tiling.tile.vectors * lanes)
    let initial = (0..<vectors).map { vector in
      buffers.output.bias(from: channel + .constant(vector * lanes), in: &builder) ?? .constant(0, .f32(lanes))
    }
    let accumulators = micro.makeAccumulators(in: &builder, initial: initial)
    emitReduction(micro, into: accumulators, at: column, place, in: &builder)
    for row in 0..<place.rowCount {
      emitEpilogue(
        Array(accumulators[row * columns..<(row + 1) * columns]), at: column, place.row(row), channel: channel,
        in: &builder)
    }
    gatherMoments(columns: columns, vectors: vectors, at: column, place, in: &builder)
  }

  /// Elements from the first pixel of a tile to each, row by row.
  private func pixelOffsets(rows: Int, columns: Int) -> [Int] {
    (0..<rows * columns).map { pixel in
      pixel / columns * problem.rowStride * problem.input.rowStride
        + pixel % columns * problem.columnStride * problem.input.pixelStride
    }
  }

  /// Kernel rows that some rows of a tile take: at the edges of a map one row has taps that the other has not.
  private struct Taps {
    var from: Index
    var to: Index
    var rows: Range<Int>
  }

  /// In ascending order of kernel rows for each row of the tile. Of two rows, the upper one's taps begin and end later.
  private func taps(_ place: Place) -> [Taps] {
    let upper = clippedKernelRows(place.row)
    guard place.rowCount == 2 else { return [Taps(from: upper.from, to: upper.to, rows: 0..<1)] }
    let lower = clippedKernelRows(place.row + 1)
    return [
      Taps(from: lower.from, to: .min(upper.from, lower.to), rows: 1..<2),
      Taps(from: upper.from, to: lower.to, rows: 0..<2),
      Taps(from: .max(upper.from, lower.to), to: upper.to, rows: 0..<1),
    ].filter { $0.from != $0.to }
  }

  private func emitReduction(
    _ micro: MicroKernel, into accumulators: [[Register]], at column: Index, _ place: Place,
    in builder: inout KernelBuilder
  ) {
    let layout = problem.input
    let reduction = schedule.reduction
    let tileChannels = schedule.tiling.tile.vectors * lanes
    let firstBlock = problem.firstBlock(ofTile: place.channelTile, tileChannels: tileChannels, reduction: reduction)
    let row = place.row * .constant(problem.rowStride) - .constant(problem.paddingTop)
    let firstColumn = column * .constant(problem.columnStride) - .constant(problem.paddingLeft)
    let origin =
      place.image * .constant(layout.elementCount) + firstBlock * .constant(layout.blockStride)
      + row * .constant(layout.rowStride) + firstColumn * .constant(layout.pixelStride)
      + .constant(layout.firstColumn)

    let strides = WeightStrides(problem, schedule, tile: micro.tile, lanes: lanes)
    let weightOrigin = place.channelTile * .constant(strides.channelTile) + .constant(strides.firstTap)

    let taps = taps(place)
    let columns = micro.tile.pixels / place.rowCount
    builder.loop("block", to: .constant(reduction.blocks)) { builder, block in
      prefetchOutputs(of: micro.tile, at: column, place, block: block, in: &builder)
      prefetchInputs(of: micro, at: origin + block * .constant(layout.blockStride), in: &builder)
      for taps in taps {
        let pixels = taps.rows.lowerBound * columns..<taps.rows.upperBound * columns
        builder.loop("kernelRow", from: taps.from, to: taps.to) { builder, kernelRow in
          builder.loop("kernelColumn", to: .constant(problem.kernelColumns)) { builder, kernelColumn in
            let input =
              origin + block * .constant(layout.blockStride)
              + kernelRow * .constant(problem.rowDilation * layout.rowStride)
              + kernelColumn * .constant(problem.columnDilation * layout.pixelStride)
            let weight =
              weightOrigin + block * .constant(strides.block) + kernelRow * .constant(strides.kernelRow)
              + kernelColumn * .constant(strides.kernelColumn)
            emitTap(
              micro.taking(pixels), into: Array(accumulators[pixels]), at: input, weight: weight, in: &builder)
          }
        }
      }
    }
  }

  /// The channels of a block at one tap.
  private func emitTap(
    _ micro: MicroKernel, into accumulators: [[Register]], at input: Index, weight: Index,
    in builder: inout KernelBuilder
  ) {
    let reduction = schedule.reduction
    if reduction.isByLane {
      micro.accumulateByLane(
        into: accumulators, input: buffers.input, at: input, weights: buffers.weights, at: weight,
        groupWidth: reduction.channels, in: &builder)
    } else {
      micro.accumulate(
        into: accumulators, input: buffers.input, at: input, weights: buffers.weights, at: weight,
        channelCount: reduction.channels, in: &builder)
    }
  }
}
