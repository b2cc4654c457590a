import LoopIR

extension Winograd {
  /// The one step of a fused schedule; a chunk is a block of tiles.
  /// Operands: input, filters, bias, residual, slope (those that the epilogue has), scratch, output.
  private func fusedKernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    var builder = KernelBuilder()
    let input = builder.buffer("input", .f32, .read)
    let emitter = WinogradProducts(self, schedule, machine, in: &builder)
    let blocks = blockCount(schedule)
    let image = Index.chunk / blocks
    let block = WinogradProducts.TileBlock(
      image: image, firstTile: (Index.chunk % blocks) * .constant(schedule.blockTiles), firstStored: 0)
    let transform = WinogradInput(problem: self, schedule: schedule, input: input)
    transform.emit(
      image: image, firstTile: block.firstTile, tiles: emitter.registerTiles(block) * .constant(schedule.tile.pixels),
      channelBlocks: (0, .constant(convolution.input.blockCount)), into: emitter.scratch, at: 0, in: &builder)
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
    let layout = transformedInput(schedule)
    let image = Index.chunk / schedule.inputChunks
    let part = Index.chunk % schedule.inputChunks
    let count = convolution.input.blockCount
    func bound(_ part: Index) -> Index { (part * .constant(count)) / schedule.inputChunks }
    WinogradInput(problem: self, schedule: schedule, input: input).emit(
      image: image, firstTile: 0, tiles: .constant(layout.tiles), channelBlocks: (bound(part), bound(part + 1)),
      into: transformed, at: image * .constant(layout.elementCount), in: &builder)
    return builder.kernel(named: name)
  }

  /// The second of two steps: a chunk is a block of tiles by a tile of output channels, for some images.
  /// Operands: transformed input, filters, bias, residual, slope (those that the epilogue has), scratch, output.
  private func productKernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    var builder = KernelBuilder()
    let transformed = builder.buffer("transformed", .f32, .read)
    let emitter = WinogradProducts(self, schedule, machine, in: &builder)
    let blocks = blockCount(schedule)
    let group = Index.chunk / resultChunks(schedule)
    let channelTile = (Index.chunk % resultChunks(schedule)) / blocks
    let first = (Index.chunk % blocks) * .constant(schedule.blockTiles)
    let images = schedule.imagesPerChunk
    builder.loop(
      "image", from: group * .constant(images), to: .min((group + 1) * .constant(images), .batch)
    ) { builder, image in
      emitter.emit(
        WinogradProducts.TileBlock(image: image, firstTile: first, firstStored: first), channelTile: channelTile,
        transformed: transformed, at: image * .constant(transformedElementCount(schedule)), in: &builder)
    }
    return builder.kernel(named: name)
  }

  /// The step that writes the result: the only one, or the second of two.
  package func resultKernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    schedule.isFused
      ? fusedKernel(named: name, schedule: schedule, machine: machine)
      : productKernel(named: name, schedule: schedule, machine: machine)
  }

  /// Its chunks, for each group of `imagesPerChunk` images.
  package func resultChunks(_ schedule: Schedule) -> Int {
    blockCount(schedule) * (schedule.isFused ? 1 : schedule.channelTileCount)
  }
}
