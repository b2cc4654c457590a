import LoopIR

extension BackwardWeights {
  /// The kernel: one chunk makes the weights of some blocks of inputs and outputs from a group of images.
  /// Operands: input, gradient, output: `partialCount` filters, one behind the other.
  package func kernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    var builder = KernelBuilder()
    let emitter = BackwardWeightsEmitter(self, schedule, machine, in: &builder)
    emitter.emit(in: &builder)
    return builder.kernel(named: name)
  }
}

private struct BackwardWeightsEmitter {
  /// Pixels that the reduction's loop unrolls.
  static let mostUnrolledPixels = 8

  let problem: BackwardWeights
  let schedule: BackwardWeights.Schedule
  let machine: Machine
  let lanes: Int
  let input: BufferID
  let gradient: BufferID
  let output: BufferID

  init(
    _ problem: BackwardWeights, _ schedule: BackwardWeights.Schedule, _ machine: Machine,
    in builder: inout KernelBuilder
  ) {
    self.problem = problem
    self.schedule = schedule
    self.machine = machine
    lanes = machine.vectorLanes
    input = builder.buffer("input", .f32, .read, alignment: problem.input.byteAlignment)
    gradient = builder.buffer("gradient", .f32, .read)
    output = builder.buffer("output", .f32, .update)
  }

  /// The images and rows that are walked for one tile after another.
  struct Band {
    var group: Index
    var images: (from: Index, to: Index)
    var rows: (from: Index, to: Index)
    /// Zero in a chunk's first band only; nil where it has just one.
    var number: Index?
  }

  /// The weights that a tile makes: its first channels and tap.
  struct Place {
    var outputTile: Index
    var inputBlock: Index
    var channelTile: Index
    var kernelRow: Index
    var kernelColumn: Index
  }

  func emit(in builder: inout KernelBuilder) {
    let group = Index.chunk / problem.chunksPerGroup(schedule)
    let lastTile = Index.min(
      firstTile + .constant(schedule.outputTilesPerChunk),
      .constant(problem.gradient.blockCount / schedule.tile.vectors))
    let lastBlock = Index.min(
      firstBlock + .constant(schedule.inputBlocksPerChunk), .constant(problem.filter.inputBlocks))
    emitBands(group, in: &builder) { builder, band in
      builder.loop("outputTile", from: firstTile, to: lastTile) { builder, outputTile in
        builder.loop("inputBlock", from: firstBlock, to: lastBlock) { builder, inputBlock in
          emitTiles(band, outputTile: outputTile, inputBlock: inputBlock, in: &builder)
        }
      }
    }
  }

  private var chunkOfGroup: Index { Index.chunk % problem.chunksPerGroup(schedule) }

  /// The first tile of outputs, and block of inputs, of the chunk.
  private var firstTile: Index {
    chunkOfGroup / problem.inputBands(schedule) * .constant(schedule.outputTilesPerChunk)
  }
  private var firstBlock: Index {
    chunkOfGroup % problem.inputBands(schedule) * .constant(schedule.inputBlocksPerChunk)
  }

  private func emitBands(
    _ group: Index, in builder: inout KernelBuilder, _ body: (inout KernelBuilder, Band) -> Void
  ) {
    let first = group * .constant(schedule.imagesPerChunk)
    let last = Index.min(first + .constant(schedule.imagesPerChunk), .batch)
    let rows = problem.gradient.rows
    if schedule.imagesPerBand >= schedule.imagesPerChunk, schedule.rowsPerBand >= rows {
      body(&builder, Band(group: group, images: (first, last), rows: (0, .constant(rows)), number: nil))
      return
    }
    builder.loop("images", from: first, to: last, step: schedule.imagesPerBand) { builder, image in
      let nextImage = Index.min(image + .constant(schedule.imagesPerBand), last)
      builder.loop("rows", to: .constant(rows), step: schedule.rowsPerBand) { builder, row in
        let nextRow = Index.min(row + .constant(schedule.rowsPerBand), .constant(rows))
        body(
          &builder, Band(group: group, images: (image, nextImage), rows: (row, nextRow), number: image - first + row))
      }
    }
  }

  /// All tiles of a block of inputs and a tile of outputs.
  private func emitTiles(_ band: Band, outputTile: Index, inputBlock: Index, in builder: inout KernelBuilder) {
    let tile = schedule.tile
    let taps = RowTiling(columns: problem.columns.kernel, vectors: tile.vectors, mostPixels: tile.taps)
    builder.loop("kernelRow", to: .constant(problem.rows.kernel)) { builder, kernelRow in
      builder.loop("channels", to: .constant(problem.filter.inputBlock / tile.channels)) { builder, channelTile in
        func emit(taps: Int, from first: Int, count: Int, in builder: inout KernelBuilder) {
          builder.loop("kernelColumn", to: .constant(count)) { builder, index in
            let place = Place(
              outputTile: outputTile, inputBlock: inputBlock, channelTile: channelTile, kernelRow: kernelRow,
              kernelColumn: index * .constant(taps) + .constant(first))
            emitTile(taps: taps, place, band, in: &builder)
          }
        }
        let pixels = taps.tile.pixels
        emit(taps: pixels, from: 0, count: taps.fullCount, in: &builder)
        if taps.narrowCount > 0 {
          emit(taps: pixels - 1, from: taps.fullCount * pixels, count: taps.narrowCount, in: &builder)
        }
      }
    }
  }

  /// One tile of sums over the pixels of a band.
  private func emitTile(taps: Int, _ place: Place, _ band: Band, in builder: inout KernelBuilder) {
    let (tile, layout) = (schedule.tile, problem.input)
    let offsets = (0..<taps).flatMap { tap in
      (0..<tile.channels).map {
        tap * problem.columns.dilation * layout.pixelStride + $0 * layout.channelStride
      }
    }
    let micro = MicroKernel(
      tile: RegisterTile(pixels: offsets.count, vectors: tile.vectors), on: machine, pixelOffsets: offsets,
      channelStride: problem.columns.stride * layout.pixelStride,
      weightStrides: (problem.gradient.pixelStride, problem.gradient.blockStride), prefetchesWeights: false)
    let zero = Expression.constant(0, .f32(lanes))
    let sums = micro.makeAccumulators(in: &builder, initial: Array(repeating: zero, count: tile.vectors))
    let rows = clippedRows(band, place.kernelRow)
    builder.loop("image", from: band.images.from, to: band.images.to) { builder, image in
      builder.loop("row", from: rows.from, to: rows.to) { builder, row in
        emitRow(micro, sums, place, image: image, row: row, in: &builder)
      }
    }
    emitStores(sums, taps: taps, place, band, in: &builder)
  }

  /// The rows of a band whose tap falls on a row of the input.
  private func clippedRows(_ band: Band, _ kernelRow: Index) -> (from: Index, to: Index) {
    let axis = problem.rows
    let offset = kernelRow * .constant(axis.dilation) - .constant(axis.paddingBefore)
    func roundedUp(_ index: Index) -> Index { (Index.max(index, 0) + .constant(axis.stride - 1)) / axis.stride }
    let reach = (problem.gradient.rows - 1) * axis.stride + (axis.kernel - 1) * axis.dilation - axis.paddingBefore
    let from = axis.paddingBefore == 0 ? band.rows.from : Index.max(band.rows.from, roundedUp(0 - offset))
    let to =
      reach < problem.input.rows
      ? band.rows.to : Index.min(band.rows.to, roundedUp(.constant(problem.input.rows) - offset))
    return (from, to)
  }

  private func emitRow(
    _ micro: MicroKernel, _ sums: [[Register]], _ place: Place, image: Index, row: Index,
    in builder: inout KernelBuilder
  ) {
    let (layout, gradientLayout) = (problem.input, problem.gradient)
    let inputRow =
      row * .constant(problem.rows.stride) + place.kernelRow * .constant(problem.rows.dilation)
      - .constant(problem.rows.paddingBefore)
    let firstColumn =
      place.kernelColumn * .constant(problem.columns.dilation) - .constant(problem.columns.paddingBefore)
    let from =
      image * .constant(layout.elementCount) + imageBlock(place) * .constant(layout.blockStride)
      + inputRow * .constant(layout.rowStride) + firstColumn * .constant(layout.pixelStride)
      + place.channelTile * .constant(schedule.tile.channels * layout.channelStride) + .constant(layout.firstColumn)
    let gradientFrom =
      image * .constant(gradientLayout.elementCount)
      + place.outputTile * .constant(schedule.tile.vectors * gradientLayout.blockStride)
      + row * .constant(gradientLayout.rowStride) + .constant(gradientLayout.firstColumn)
    func emit(pixels: Int, from first: Int, count: Int, in builder: inout KernelBuilder) {
      builder.loop("pixels", to: .constant(count)) { builder, index in
        let column = index * .constant(pixels) + .constant(first)
        let inputs = from + column * .constant(micro.channelStride)
        let gradients = gradientFrom + column * .constant(gradientLayout.pixelStride)
        emitPrefetch(place, inputs: inputs, gradients: gradients, pixels: pixels, in: &builder)
        if problem.isByLane {
          micro.accumulateWeightsByLane(
            into: sums, input: input, at: inputs, gradient: gradient, at: gradients,
            groupWidth: schedule.tile.channels, pixelCount: pixels, in: &builder)
        } else {
          micro.accumulate(
            into: sums, input: input, at: inputs, weights: gradient, at: gradients, channelCount: pixels, in: &builder)
        }
      }
    }
    let tiling = RowTiling(columns: gradientLayout.columns, vectors: 1, mostPixels: Self.mostUnrolledPixels)
    let pixels = tiling.tile.pixels
    emit(pixels: pixels, from: 0, count: tiling.fullCount, in: &builder)
    if tiling.narrowCount > 0 {
      emit(pixels: pixels - 1, from: tiling.fullCount * pixels, count: tiling.narrowCount, in: &builder)
    }
  }

  /// Asks for what the next rows of an image have at these pixels, when the first tile that reads a plane walks them: the
  /// tiles of a filter of 1x1 are few, and would wait for memory.
  private func emitPrefetch(
    _ place: Place, inputs: Index, gradients: Index, pixels: Int, in builder: inout KernelBuilder
  ) {
    guard problem.rows.kernel * problem.columns.kernel == 1, schedule.rowsPerBand < problem.gradient.rows else {
      return
    }
    let (inputLayout, gradientLayout) = (problem.input, problem.gradient)
    builder.conditional(Condition(place.outputTile, .equal, firstTile)) { builder in
      for pixel in 0..<pixels {
        let ahead =
          schedule.rowsPerBand * problem.rows.stride * inputLayout.rowStride
          + pixel * problem.columns.stride * inputLayout.pixelStride
        builder.prefetch(input, at: inputs + .constant(ahead))
      }
    }
    builder.conditional(Condition(place.inputBlock, .equal, firstBlock)) { builder in
      for pixel in 0..<pixels {
        for vector in 0..<schedule.tile.vectors {
          let ahead =
            schedule.rowsPerBand * gradientLayout.rowStride + pixel * gradientLayout.pixelStride
            + vector * gradientLayout.blockStride
          builder.prefetch(gradient, at: gradients + .constant(ahead))
        }
      }
    }
  }

  /// The block of the image that a tile's inputs are in: with groups, those of the outputs' group.
  private func imageBlock(_ place: Place) -> Index {
    guard problem.groups > 1 else { return place.inputBlock }
    if problem.isByLane { return place.outputTile }
    let tilesPerGroup = problem.gradient.blockCount / problem.groups / schedule.tile.vectors
    return place.outputTile / tilesPerGroup * .constant(problem.filter.inputBlocks) + place.inputBlock
  }

  /// A chunk's first band writes its sums, the others add theirs: sums of sums lose fewer digits than one long sum.
  private func emitStores(
    _ sums: [[Register]], taps: Int, _ place: Place, _ band: Band, in builder: inout KernelBuilder
  ) {
    guard let number = band.number else {
      emitStores(sums, taps: taps, place, band, isFirst: true, in: &builder)
      return
    }
    builder.conditional(Condition(number, .equal, 0)) {
      emitStores(sums, taps: taps, place, band, isFirst: true, in: &$0)
    } else: {
      emitStores(sums, taps: taps, place, band, isFirst: false, in: &$0)
    }
  }

  private func emitStores(
    _ sums: [[Register]], taps: Int, _ place: Place, _ band: Band, isFirst: Bool, in builder: inout KernelBuilder
  ) {
    let (tile, filter) = (schedule.tile, problem.filter)
    let first =
      band.group * .constant(filter.elementCount)
      + place.outputTile * .constant(tile.vectors * filter.outputBlockStride)
      + place.inputBlock * .constant(filter.inputBlockStride)
      + (place.kernelRow * .constant(filter.kernelColumns) + place.kernelColumn) * .constant(filter.tapStride)
      + place.channelTile * .constant(tile.channels * lanes)
    for tap in 0..<taps {
      for channel in 0..<tile.channels {
        for vector in 0..<tile.vectors {
          let place = first + .constant(tap * filter.tapStride + channel * lanes + vector * filter.outputBlockStride)
          let sum = Expression.register(sums[tap * tile.channels + channel][vector])
          builder.store(isFirst ? sum : builder.load(output, at: place, lanes: lanes) + sum, to: output, at: place)
        }
      }
    }
  }
}
