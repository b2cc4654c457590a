import LoopIR

extension Convolution {
  /// The kernel: one chunk is a band of rows by some tiles of output channels, for some images.
  /// Operands: input, weights, bias, residual, slope (those that the epilogue has), output.
  package func kernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    Self.kernel(named: name, ofPhases: [[self]], schedule: schedule, machine: machine)
  }

  /// The kernel of the phases of one output: row phases, and the column phases of each. They differ in their phases and
  /// taps only; the first has as many outputs as any, and the schedule is its own.
  static func kernel(
    named name: String, ofPhases phases: [[Convolution]], schedule: Schedule, machine: Machine
  ) -> Kernel {
    var builder = KernelBuilder()
    let buffers = ConvolutionBuffers(phases[0][0].epilogue, in: &builder)
    let emitters = phases.map { phases in
      phases.map { ConvolutionEmitter($0, schedule, machine, buffers) }
    }
    emitters[0][0].emitChunk(in: &builder) { builder, image, tile, firstRow in
      for emitters in emitters {
        let last = Index.min(
          firstRow + .constant(schedule.rowsPerChunk), .constant(emitters[0].problem.outputRows))
        builder.loop("row", from: firstRow, to: last) { builder, row in
          for emitter in emitters { emitter.emitRow(image: image, channelTile: tile, row: row, in: &builder) }
        }
      }
    }
    return builder.kernel(named: name)
  }

  /// Chunks for each group of `schedule.imagesPerChunk` images.
  package func chunksPerGroup(_ schedule: Schedule) -> Int {
    rowBands(schedule) * channelBands(schedule)
  }

  fileprivate func rowBands(_ schedule: Schedule) -> Int {
    (outputRows + schedule.rowsPerChunk - 1) / schedule.rowsPerChunk
  }

  fileprivate func channelBands(_ schedule: Schedule) -> Int {
    (schedule.channelTileCount + schedule.channelTilesPerChunk - 1) / schedule.channelTilesPerChunk
  }
}

private struct ConvolutionBuffers {
  let input: BufferID
  let weights: BufferID
  let epilogue: EpilogueBuffers
  let output: BufferID

  init(_ epilogue: Epilogue, in builder: inout KernelBuilder) {
    input = builder.buffer("input", .f32, .read)
    weights = builder.buffer("weights", .f32, .read)
    self.epilogue = EpilogueBuffers(epilogue, in: &builder)
    output = builder.buffer("output", .f32, .write, aliasSet: epilogue.residual == nil ? nil : 0)
  }
}

/// Writes a convolution's loops around the micro-kernel.
private struct ConvolutionEmitter {
  let problem: Convolution
  let schedule: Convolution.Schedule
  let machine: Machine
  let lanes: Int
  let tiling: RowTiling
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
  }

  /// Where a tile of pixels stands.
  struct Place {
    var image: Index
    var row: Index
    var channelTile: Index
    var kernelRows: (from: Index, to: Index)
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

  func emitRow(image: Index, channelTile: Index, row: Index, in builder: inout KernelBuilder) {
    let place = Place(image: image, row: row, channelTile: channelTile, kernelRows: clippedKernelRows(row))
    emitRow(place, in: &builder)
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

  private func emitRow(_ place: Place, in builder: inout KernelBuilder) {
    let vectors = schedule.tiling.tile.vectors
    guard schedule.tailVectors > 0 else {
      emitRow(place, vectors: vectors, in: &builder)
      return
    }
    builder.conditional(Condition(place.channelTile, .less, .constant(schedule.fullChannelTiles))) {
      emitRow(place, vectors: vectors, in: &$0)
    } else: {
      emitRow(place, vectors: schedule.tailVectors, in: &$0)
    }
  }

  private func emitRow(_ place: Place, vectors: Int, in builder: inout KernelBuilder) {
    let full = RegisterTile(pixels: tiling.tile.pixels, vectors: vectors)
    builder.loop("columnTile", to: .constant(tiling.fullCount)) { builder, index in
      emitTile(full, at: index * .constant(full.pixels), place, in: &builder)
    }
    if tiling.narrowCount > 0 {
      let narrow = RegisterTile(pixels: full.pixels - 1, vectors: vectors)
      let first = Index.constant(tiling.fullCount * full.pixels)
      builder.loop("columnTile", to: .constant(tiling.narrowCount)) { builder, index in
        emitTile(narrow, at: first + index * .constant(narrow.pixels), place, in: &builder)
      }
    }
    // One phase of the columns writes it for all.
    if problem.columnPhase.first == 0 { emitHalo(place, vectors: vectors, in: &builder) }
  }

  /// One register tile: from the bias, over the reduction, through the epilogue, to memory.
  private func emitTile(_ tile: RegisterTile, at column: Index, _ place: Place, in builder: inout KernelBuilder) {
    let micro = MicroKernel(
      tile: tile, lanes: lanes,
      pixelOffsets: (0..<tile.pixels).map { $0 * problem.columnStride * problem.input.pixelStride },
      channelStride: problem.input.channelStride,
      weightStrides: problem.filter.map { (lanes, $0.outputBlockStride) },
      broadcastsFromMemory: machine.broadcastsFromMemory)
    let channel = place.channelTile * .constant(schedule.tiling.tile.vectors * lanes)
    let initial = (0..<tile.vectors).map { vector in
      buffers.epilogue.bias.map {
        builder.bind(builder.load($0, at: channel + .constant(vector * lanes), lanes: lanes))
      }
        ?? .constant(0, .f32(lanes))
    }
    let accumulators = micro.makeAccumulators(in: &builder, initial: initial)
    emitReduction(micro, into: accumulators, at: column, place, in: &builder)
    emitEpilogue(tile, accumulators, at: column, place, channel: channel, in: &builder)
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

    builder.loop("block", to: .constant(reduction.blocks)) { builder, block in
      builder.loop("kernelRow", from: place.kernelRows.from, to: place.kernelRows.to) { builder, kernelRow in
        builder.loop("kernelColumn", to: .constant(problem.kernelColumns)) { builder, kernelColumn in
          let place =
            origin + block * .constant(layout.blockStride)
            + kernelRow * .constant(problem.rowDilation * layout.rowStride)
            + kernelColumn * .constant(problem.columnDilation * layout.pixelStride)
          let weight =
            weightOrigin + block * .constant(strides.block) + kernelRow * .constant(strides.kernelRow)
            + kernelColumn * .constant(strides.kernelColumn)
          if reduction.isByLane {
            micro.accumulateByLane(
              into: accumulators, input: buffers.input, at: place, weights: buffers.weights, at: weight,
              groupWidth: reduction.channels, in: &builder)
          } else {
            micro.accumulate(
              into: accumulators, input: buffers.input, at: place, weights: buffers.weights, at: weight,
              channelCount: reduction.channels, in: &builder)
          }
        }
      }
    }
  }

  private func emitEpilogue(
    _ tile: RegisterTile, _ accumulators: [[Register]], at column: Index, _ place: Place, channel: Index,
    in builder: inout KernelBuilder
  ) {
    for vector in 0..<tile.vectors {
      let slope = buffers.epilogue.slope.map {
        builder.bind(builder.load($0, at: channel + .constant(vector * lanes), lanes: lanes))
      }
      for pixel in 0..<tile.pixels {
        var value = Expression.register(accumulators[pixel][vector])
        if let buffer = buffers.epilogue.residual, let layout = problem.epilogue.residual {
          let index = elementIndex(layout, place, vector: vector, column: column + .constant(pixel))
          value = value + builder.load(buffer, at: index, lanes: lanes)
        }
        value = problem.finish(
          value, slope: slope, channel: channel + .constant(vector * lanes), in: &builder)
        let index = elementIndex(problem.output, place, vector: vector, column: column + .constant(pixel))
        builder.store(value, to: buffers.output, at: index)
      }
    }
  }

  /// Writes the zeros left and right of the output's row.
  private func emitHalo(_ place: Place, vectors: Int, in builder: inout KernelBuilder) {
    for vector in 0..<vectors {
      for column in problem.output.haloColumns {
        let index = elementIndex(problem.output, place, vector: vector, column: .constant(column), isOfPhase: false)
        builder.store(.constant(0, .f32(lanes)), to: buffers.output, at: index)
      }
    }
  }

  /// The index of an output. `column` counts those of the phase, or all.
  private func elementIndex(
    _ layout: ImageLayout, _ place: Place, vector: Int, column: Index, isOfPhase: Bool = true
  ) -> Index {
    let row = place.row * .constant(problem.rowPhase.step) + .constant(problem.rowPhase.first)
    let phase = problem.columnPhase
    let column = isOfPhase ? column * .constant(phase.step) + .constant(phase.first) : column
    return place.image * .constant(layout.elementCount)
      + place.channelTile * .constant(schedule.tiling.tile.vectors * layout.blockStride)
      + row * .constant(layout.rowStride) + column * .constant(layout.pixelStride)
      + .constant(vector * layout.blockStride + layout.firstColumn)
  }
}

/// Elements between a convolution's weights, from one of each kind to the next.
private struct WeightStrides {
  let kernelColumn: Int
  let kernelRow: Int
  let block: Int
  let channelTile: Int
  /// Where the first tap of the phases is.
  let firstTap: Int

  init(_ problem: Convolution, _ schedule: Convolution.Schedule, tile: RegisterTile, lanes: Int) {
    let fullVectors = schedule.tiling.tile.vectors
    if let filter = problem.filter {
      let row = filter.kernelColumns * filter.tapStride
      kernelColumn = problem.columnPhase.tapStep * filter.tapStride
      kernelRow = problem.rowPhase.tapStep * row
      block = filter.inputBlockStride
      channelTile = fullVectors * filter.outputBlockStride
      firstTap = problem.rowPhase.firstTap * row + problem.columnPhase.firstTap * filter.tapStride
    } else {
      // [channel tile][block][kernel row][kernel column][channel][vectors * lanes].
      let reduction = schedule.reduction
      kernelColumn = reduction.channels * tile.vectors * lanes
      kernelRow = problem.kernelColumns * kernelColumn
      block = problem.kernelRows * kernelRow
      channelTile =
        reduction.blocks * problem.kernelRows * problem.kernelColumns * reduction.channels * fullVectors * lanes
      firstTap = 0
    }
  }
}
