extension BackwardWeights {
  /// How the kernel's loops run: a pure function of the problem, the machine and the largest batch, never of the
  /// thread count.
  package struct Schedule: Hashable, Sendable {
    package var tile: Tile
    package var outputTilesPerChunk: Int
    package var inputBlocksPerChunk: Int
    /// Images whose sums one chunk makes. Where that is not the whole batch, each such group has a sum of its own.
    package var imagesPerChunk: Int
    /// The rows, or whole images, that are walked for one tile before the next.
    package var rowsPerBand: Int
    package var imagesPerBand: Int
  }

  /// Sums held in registers: `vectors` vectors of outputs by `channels` inputs of a block at `taps` neighbouring taps
  /// of a row.
  package struct Tile: Hashable, Sendable {
    package var vectors: Int
    package var channels: Int
    package var taps: Int
  }

  package func schedule(machine: Machine, largestBatch: Int) -> Schedule {
    let tile = tile(machine, mostTaps: columns.kernel)
    var schedule = Schedule(
      tile: tile, outputTilesPerChunk: gradient.blockCount / tile.vectors, inputBlocksPerChunk: filter.inputBlocks,
      imagesPerChunk: largestBatch, rowsPerBand: gradient.rows, imagesPerBand: 1)
    divide(&schedule, largestBatch: largestBatch)
    cutBands(&schedule, machine: machine)
    return schedule
  }

  /// How many sums of the whole filter the kernel makes.
  package func partialCount(_ schedule: Schedule, batch: Int) -> Int {
    (batch + schedule.imagesPerChunk - 1) / schedule.imagesPerChunk
  }

  /// Chunks for each group of `schedule.imagesPerChunk` images.
  package func chunksPerGroup(_ schedule: Schedule) -> Int { outputBands(schedule) * inputBands(schedule) }

  func outputBands(_ schedule: Schedule) -> Int {
    let tiles = gradient.blockCount / schedule.tile.vectors
    return (tiles + schedule.outputTilesPerChunk - 1) / schedule.outputTilesPerChunk
  }

  func inputBands(_ schedule: Schedule) -> Int {
    (filter.inputBlocks + schedule.inputBlocksPerChunk - 1) / schedule.inputBlocksPerChunk
  }

  /// The tile whose multiply-adds wait least: for loads, of which a cycle has one of 64 bytes or two shorter ones where the
  /// machine does not say more, or for those before, which take four cycles.
  /// - Parameter mostTaps: Neighbouring taps that may share a tile.
  func tile(_ machine: Machine, mostTaps: Int) -> Tile {
    func cyclesPerSum(_ tile: Tile) -> Double {
      let sums = Double(tile.vectors * tile.channels * tile.taps)
      let step = RegisterTile(pixels: tile.channels * tile.taps, vectors: tile.vectors)
        .cyclesPerChannel(on: machine, singleVectorFactor: 1)
      guard machine.loadsPerCycle == nil else { return (step + 0.3) / sums }
      let broadcasts = machine.broadcastsFromMemory ? sums : sums / Double(tile.vectors)
      let loads = Double(tile.vectors) * (machine.vectorLanes < 16 ? 0.5 : 1) + broadcasts / 2
      return (max(step, loads) + 0.3) / sums
    }
    if isByLane {
      // Beside the sums, registers hold the gradient, the inputs, and those of one channel spread over its group.
      let taps = max(1, min(mostTaps, (machine.vectorRegisterCount - 3) / filter.inputs))
      return Tile(vectors: 1, channels: filter.inputs, taps: taps)
    }
    var best = Tile(vectors: 1, channels: 1, taps: 1)
    for vectors in 1...3 where (gradient.blockCount / groups) % vectors == 0 {
      let most = RegisterTile.mostPixels(vectors: vectors, machine: machine)
      for channels in 1...filter.inputBlock where filter.inputBlock % channels == 0 && channels <= most {
        let taps = channels == filter.inputBlock ? min(mostTaps, most / channels) : 1
        let tile = Tile(vectors: vectors, channels: channels, taps: taps)
        if cyclesPerSum(tile) < cyclesPerSum(best) { best = tile }
      }
    }
    return best
  }

  /// Cuts the work into chunks, so that least is read and written: a chunk reads all that its channels have, and each
  /// group of images has a filter's worth of sums.
  private func divide(_ schedule: inout Schedule, largestBatch: Int) {
    // Below this a chunk's work does not pay for claiming it.
    let leastMultiplyAdds = 500_000
    let wanted = max(1, min(16, multiplyAdds * largestBatch / leastMultiplyAdds))
    func halvings(_ count: Int) -> [Int] {
      sequence(first: count) { $0 > 1 ? ($0 + 1) / 2 : nil }.map { $0 }
    }
    func rank(_ schedule: Schedule) -> (lacking: Int, traffic: Int) {
      let (outputs, inputs) = (outputBands(schedule), inputBands(schedule))
      let groups = partialCount(schedule, batch: largestBatch)
      let traffic =
        largestBatch * (outputs * input.elementCount + inputs * gradient.elementCount)
        + (groups == 1 ? 1 : 3 * groups) * filter.elementCount
      return (max(0, wanted - outputs * inputs * groups), traffic)
    }
    let whole = schedule
    for tiles in halvings(whole.outputTilesPerChunk) {
      for blocks in halvings(whole.inputBlocksPerChunk) {
        for images in halvings(largestBatch) {
          var other = whole
          (other.outputTilesPerChunk, other.inputBlocksPerChunk, other.imagesPerChunk) = (tiles, blocks, images)
          if rank(other) < rank(schedule) { schedule = other }
        }
      }
    }
  }

  /// What a chunk's tiles read of a band stays in L2 until the last of them has read it.
  private func cutBands(_ schedule: inout Schedule, machine: Machine) {
    let planes = input.isBlocked ? schedule.inputBlocksPerChunk : input.channels
    let inputRow = planes * rows.stride * input.rowStride
    let gradientRow = schedule.outputTilesPerChunk * schedule.tile.vectors * gradient.rowStride
    let bytesPerRow = 4 * (inputRow + gradientRow)
    let most = max(1, machine.level2ByteCount / 2 / bytesPerRow)
    let bands = (gradient.rows + most - 1) / most
    schedule.rowsPerBand = (gradient.rows + bands - 1) / bands
    schedule.imagesPerBand = bands > 1 ? 1 : max(1, min(schedule.imagesPerChunk, most / gradient.rows))
  }
}
