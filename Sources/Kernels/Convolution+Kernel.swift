import LoopIR

extension Convolution {
  /// The kernel: one chunk is a band of rows by some tiles of output channels, for some images.
  /// Operands: input, weights, bias, residual, slope (those that the epilogue has), output.
  package func kernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    var builder = KernelBuilder()
    let emitter = ConvolutionEmitter(self, schedule, machine, in: &builder)
    emitter.emit(in: &builder)
    return builder.kernel(named: name)
  }

  /// Chunks for each group of `schedule.imagesPerChunk` images.
  package func chunksPerGroup(_ schedule: Schedule) -> Int {
    rowBands(schedule) * channelBands(schedule)
  }

  fileprivate func rowBands(_ schedule: Schedule) -> Int {
    (output.rows + schedule.rowsPerChunk - 1) / schedule.rowsPerChunk
  }

  fileprivate func channelBands(_ schedule: Schedule) -> Int {
    (schedule.channelTileCount + schedule.channelTilesPerChunk - 1) / schedule.channelTilesPerChunk
  }
}

/// Writes a convolution's loops around the micro-kernel.
private struct ConvolutionEmitter {
  let problem: Convolution
  let schedule: Convolution.Schedule
  let machine: Machine
  let lanes: Int
  let input: BufferID
  let weights: BufferID
  let epilogue: EpilogueBuffers
  let output: BufferID

  init(_ problem: Convolution, _ schedule: Convolution.Schedule, _ machine: Machine, in builder: inout KernelBuilder) {
    self.problem = problem
    self.schedule = schedule
    self.machine = machine
    lanes = machine.vectorLanes
    input = builder.buffer("input", .f32, .read)
    weights = builder.buffer("weights", .f32, .read)
    epilogue = EpilogueBuffers(problem.epilogue, in: &builder)
    output = builder.buffer(
      "output", .f32, .write, aliasSet: problem.epilogue.residual == nil ? nil : 0)
  }

  /// Where a tile of pixels stands.
  struct Place {
    var image: Index
    var row: Index
    var channelTile: Index
    var kernelRows: (from: Index, to: Index)
  }

  func emit(in builder: inout KernelBuilder) {
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
    let lastRow = Index.min(firstRow + .constant(schedule.rowsPerChunk), .constant(problem.output.rows))
    builder.loop(
      "image", from: group * .constant(images), to: .min((group + 1) * .constant(images), .batch)
    ) { builder, image in
      builder.loop("tile", from: firstTile, to: lastTile) { builder, tile in
        builder.loop("row", from: firstRow, to: lastRow) { builder, row in
          emitRow(Place(image: image, row: row, channelTile: tile, kernelRows: clippedKernelRows(row)), in: &builder)
        }
      }
    }
  }

  /// The kernel rows that fall on rows of the input.
  private func clippedKernelRows(_ row: Index) -> (from: Index, to: Index) {
    let top = row * .constant(problem.rowStride) - .constant(problem.paddingTop)
    let dilation = problem.rowDilation
    func roundedUp(_ index: Index) -> Index { (Index.max(index, 0) + .constant(dilation - 1)) / dilation }
    let reach = (problem.output.rows - 1) * problem.rowStride - problem.paddingTop
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
    let tiling = schedule.tiling
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
    emitHalo(place, vectors: vectors, in: &builder)
  }

  /// One register tile: from the bias, over the reduction, through the epilogue, to memory.
  private func emitTile(_ tile: RegisterTile, at column: Index, _ place: Place, in builder: inout KernelBuilder) {
    let micro = MicroKernel(
      tile: tile, lanes: lanes,
      pixelOffsets: (0..<tile.pixels).map { $0 * problem.columnStride * problem.input.pixelStride },
      channelStride: problem.input.channelStride, broadcastsFromMemory: machine.broadcastsFromMemory)
    let channel = place.channelTile * .constant(schedule.tiling.tile.vectors * lanes)
    let initial = (0..<tile.vectors).map { vector in
      epilogue.bias.map { builder.bind(builder.load($0, at: channel + .constant(vector * lanes), lanes: lanes)) }
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

    // Weights: [channel tile][block][kernel row][kernel column][channel][vectors * lanes].
    let tapStride = reduction.channels * micro.tile.vectors * lanes
    let rowStride = problem.kernelColumns * tapStride
    let blockStride = problem.kernelRows * rowStride
    let fullTileStride =
      reduction.blocks * problem.kernelRows * problem.kernelColumns * reduction.channels * tileChannels
    let weightOrigin = place.channelTile * .constant(fullTileStride)

    builder.loop("block", to: .constant(reduction.blocks)) { builder, block in
      builder.loop("kernelRow", from: place.kernelRows.from, to: place.kernelRows.to) { builder, kernelRow in
        builder.loop("kernelColumn", to: .constant(problem.kernelColumns)) { builder, kernelColumn in
          let place =
            origin + block * .constant(layout.blockStride)
            + kernelRow * .constant(problem.rowDilation * layout.rowStride)
            + kernelColumn * .constant(problem.columnDilation * layout.pixelStride)
          let weight =
            weightOrigin + block * .constant(blockStride) + kernelRow * .constant(rowStride)
            + kernelColumn * .constant(tapStride)
          if reduction.isByLane {
            micro.accumulateByLane(
              into: accumulators, input: input, at: place, weights: weights, at: weight,
              groupWidth: reduction.channels, in: &builder)
          } else {
            micro.accumulate(
              into: accumulators, input: input, at: place, weights: weights, at: weight,
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
      let slope = epilogue.slope.map {
        builder.bind(builder.load($0, at: channel + .constant(vector * lanes), lanes: lanes))
      }
      for pixel in 0..<tile.pixels {
        var value = Expression.register(accumulators[pixel][vector])
        if let buffer = epilogue.residual, let layout = problem.epilogue.residual {
          let index = elementIndex(layout, place, vector: vector, column: column + .constant(pixel))
          value = value + builder.load(buffer, at: index, lanes: lanes)
        }
        value = problem.epilogue.activate(value, slope: slope, in: &builder)
        if problem.epilogue.movesZero, problem.output.hasPaddingLanes {
          let real = Expression.firstLanes(
            .constant(problem.output.channels) - (channel + .constant(vector * lanes)), lanes: lanes)
          value = .select(real, value, .constant(0, .f32(lanes)))
        }
        let index = elementIndex(problem.output, place, vector: vector, column: column + .constant(pixel))
        builder.store(value, to: output, at: index)
      }
    }
  }

  /// Writes the zeros left and right of the output's row.
  private func emitHalo(_ place: Place, vectors: Int, in builder: inout KernelBuilder) {
    for vector in 0..<vectors {
      for column in problem.output.haloColumns {
        let index = elementIndex(problem.output, place, vector: vector, column: .constant(column))
        builder.store(.constant(0, .f32(lanes)), to: output, at: index)
      }
    }
  }

  private func elementIndex(_ layout: ImageLayout, _ place: Place, vector: Int, column: Index) -> Index {
    place.image * .constant(layout.elementCount)
      + place.channelTile * .constant(schedule.tiling.tile.vectors * layout.blockStride)
      + place.row * .constant(layout.rowStride) + column * .constant(layout.pixelStride)
      + .constant(vector * layout.blockStride + layout.firstColumn)
  }
}
