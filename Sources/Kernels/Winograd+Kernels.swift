import LoopIR

extension Winograd {
  /// The one step of a fused schedule; a chunk is a block of tiles.
  /// Operands: input, filters, bias, residual, slope (those that the epilogue has), scratch, output.
  private func fusedKernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    var builder = KernelBuilder()
    let input = builder.buffer("input", .f32, .read)
    let emitter = WinogradProducts(self, schedule, machine, in: &builder)
    let blocks = blockCount(schedule)
    let block = block(Index.chunk % blocks, ofGroup: Index.chunk / blocks, schedule)
    emitInputTransform(
      of: input, schedule, channelBlocks: (0, .constant(convolution.input.blockCount)),
      tiles: tileCount(of: block, schedule), into: emitter.scratch, at: 0, in: &builder
    ) { place(ofTile: $0, in: block, schedule) }
    builder.loop("channelTile", to: .constant(schedule.channelTileCount)) { builder, channelTile in
      emitter.emit(block, channelTile: channelTile, transformed: emitter.scratch, at: 0, in: &builder)
    }
    return builder.kernel(named: name)
  }

  /// The first of two steps: transforms an image's input; a chunk is some blocks of channels.
  /// Operands: input, transformed input.
  package func inputKernel(named name: String, schedule: Schedule) -> Kernel {
    var builder = KernelBuilder()
    let input = builder.buffer("input", .f32, .read)
    let transformed = builder.buffer("transformed", .f32, .write)
    let image = Index.chunk / schedule.inputChunks
    let (group, imageInGroup) = (image / schedule.imagesPerGroup, image % schedule.imagesPerGroup)
    let part = Index.chunk % schedule.inputChunks
    let count = convolution.input.blockCount
    func bound(_ part: Index) -> Index { (part * .constant(count)) / schedule.inputChunks }
    let layout = transformedInput(schedule)
    let firstStored = firstStored(ofImage: imageInGroup, schedule) * .constant(layout.lanes)
    emitInputTransform(
      of: input, schedule, channelBlocks: (bound(part), bound(part + 1)), tiles: .constant(grid.count),
      into: transformed,
      at: group * .constant(layout.elementCount) + firstStored, in: &builder
    ) { place(ofTile: $0, inImage: imageInGroup, ofGroup: group, schedule) }
    return builder.kernel(named: name)
  }

  /// The second of two steps: a chunk is some blocks of tiles by a tile of output channels.
  /// Operands: transformed input, filters (transformed, or under training where the chunk transforms them), bias,
  /// residual, slope (those that the epilogue has), scratch, output.
  private func productKernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    var builder = KernelBuilder()
    let transformed = builder.buffer("transformed", .f32, .read)
    let emitter = WinogradProducts(self, schedule, machine, in: &builder)
    let bands = blockBands(schedule)
    let group = Index.chunk / resultChunks(schedule)
    let channelTile = Index.chunk % resultChunks(schedule) / bands
    let first = Index.chunk % bands * .constant(schedule.blocksPerChunk)
    emitter.emitFilters(channelTile: channelTile, in: &builder)
    builder.loop(
      "block", from: first, to: .min(first + .constant(schedule.blocksPerChunk), .constant(blockCount(schedule)))
    ) { builder, block in
      emitter.emit(
        self.block(block, ofGroup: group, schedule), channelTile: channelTile, transformed: transformed,
        at: group * .constant(transformedElementCount(schedule)), in: &builder)
    }
    return builder.kernel(named: name)
  }

  /// The step that writes the result: the only one, or the second of two.
  package func resultKernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    schedule.isFused
      ? fusedKernel(named: name, schedule: schedule, machine: machine)
      : productKernel(named: name, schedule: schedule, machine: machine)
  }

  /// Its chunks, for each group of images.
  package func resultChunks(_ schedule: Schedule) -> Int {
    schedule.isFused ? blockCount(schedule) : schedule.channelTileCount * blockBands(schedule)
  }

  /// Transforms some blocks of channels, of all phases.
  private func emitInputTransform(
    of input: BufferID, _ schedule: Schedule, channelBlocks: (from: Index, to: Index), tiles: Index,
    into transformed: BufferID, at origin: Index, in builder: inout KernelBuilder, place: (Index) -> TilePlace
  ) {
    let layout = transformedInput(schedule)
    for phase in 0..<phaseCount * phaseCount {
      let (row, column) = (phase / phaseCount, phase % phaseCount)
      let transform = TileTransform(
        kind: .input, grid: grid, image: convolution.input, source: input,
        padding: (convolution.paddingTop - row, convolution.paddingLeft - column),
        strides: (convolution.rowStride, convolution.columnStride), layout: layout)
      transform.emit(
        channelBlocks: channelBlocks, tiles: tiles, into: transformed,
        at: origin + .constant(phase * convolution.input.blockCount * layout.blockStride), in: &builder, place: place)
    }
  }

  private func blockBands(_ schedule: Schedule) -> Int {
    (blockCount(schedule) + schedule.blocksPerChunk - 1) / schedule.blocksPerChunk
  }
}
