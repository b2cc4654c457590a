import LoopIR

extension Convolution {
  /// How the kernel's loops run: a pure function of the problem, the machine and the largest batch, never of the
  /// thread count.
  package struct Schedule: Hashable, Sendable {
    /// How the columns of a row divide into tiles.
    package var tiling: RowTiling
    /// 2: tiles hold the same columns of two rows, so that narrow maps fill the registers and weights are read half as
    /// often. A last single row has tiles of its own.
    package var rowsPerTile: Int
    package var reduction: Reduction
    /// Tiles of `tiling.tile.vectors` vectors that cover the output channels, and the vectors of a last narrower one.
    package var fullChannelTiles: Int
    package var tailVectors: Int
    package var rowsPerChunk: Int
    package var channelTilesPerChunk: Int
    /// A chunk walks this many images with its weights, where those are too large to be read again for each.
    package var imagesPerChunk: Int

    package var channelTileCount: Int { fullChannelTiles + (tailVectors > 0 ? 1 : 0) }
  }

  /// The input channels that one tile of output channels reads: `blocks` blocks of `channels`, unrolled.
  package struct Reduction: Hashable, Sendable {
    package var blocks: Int
    package var channels: Int
    /// Whether each lane reads its own group's channels, from the input block that has the output block's place.
    package var isByLane = false
  }

  /// Groups that are narrower than a vector and fill it evenly, with as many outputs as inputs: each lane then
  /// multiplies its own group's inputs only, where a broadcast would multiply the others' by zeros.
  private var reducesByLane: Bool {
    let width = input.channels / groups
    return groups > 1 && input.isBlocked && input.channels == output.channels && width < output.channelBlock
      && output.channelBlock % width == 0
  }

  /// Whether a filter in its own layout, with each output's inputs alone, can be read: where groups are whole vectors,
  /// or lanes of one.
  package var readsTrainedFilter: Bool {
    let isAligned =
      (output.channels / groups) % output.channelBlock == 0 && (input.channels / groups) % input.channelBlock == 0
    return groups == 1 || reducesByLane || (input.isBlocked && isAligned)
  }

  /// The one that costs least.
  package func schedule(machine: Machine, largestBatch: Int) -> Schedule {
    candidates(machine: machine, largestBatch: largestBatch)[0]
  }

  /// All that are considered: the cheapest first, and of equal cost the usual division into chunks.
  func candidates(machine: Machine, largestBatch: Int) -> [Schedule] {
    var candidates: [(schedule: Schedule, cost: Double)] = []
    for vectors in vectorCandidates(machine) {
      for rows in rowCandidates(vectors: vectors, machine) {
        let whole = candidate(vectors: vectors, rowsPerTile: rows, machine: machine)
        let cost = cost(of: whole, on: machine)
        candidates += divisions(of: whole, machine: machine, largestBatch: largestBatch).map { ($0, cost) }
      }
    }
    precondition(!candidates.isEmpty, "a machine holds at least one vector")
    return candidates.enumerated()
      .sorted { ($0.element.cost, $0.offset) < ($1.element.cost, $1.offset) }.map(\.element.schedule)
  }

  private func vectorCandidates(_ machine: Machine) -> [Int] {
    let most = reducesByLane ? 1 : min(output.blockCount, machine.vectorRegisterCount == 32 ? 8 : 4)
    return (1...most).filter {
      mostPixels(vectors: $0, machine) >= 1 && filterHolds(vectors: $0)
    }
  }

  private func rowCandidates(vectors: Int, _ machine: Machine) -> [Int] {
    let holdsTwo = mostPixels(vectors: vectors, machine) >= 2
    return outputRows >= 2 && holdsTwo && !reducesByLane ? [1, 2] : [1]
  }

  /// Whether the vectors of a tile read the same inputs, as they must where the layout of the filter is not the tile's.
  private func filterHolds(vectors: Int) -> Bool {
    guard let filter, groups > 1, vectors > 1 else { return true }
    let isAligned = (output.channels / groups) % (vectors * filter.lanes) == 0
    return isAligned && (input.channels / groups) % input.channelBlock == 0
  }

  private func candidate(vectors: Int, rowsPerTile: Int, machine: Machine) -> Schedule {
    // By lane, each pixel's inputs take a register beside its sums.
    let mostPixels =
      reducesByLane
      ? (machine.vectorRegisterCount - 2) / 2 : mostPixels(vectors: vectors, machine)
    return Schedule(
      tiling: RowTiling(columns: outputColumns, vectors: vectors, mostPixels: mostPixels / rowsPerTile),
      rowsPerTile: rowsPerTile, reduction: reduction(tileChannels: vectors * machine.vectorLanes),
      fullChannelTiles: output.blockCount / vectors, tailVectors: output.blockCount % vectors,
      rowsPerChunk: outputRows, channelTilesPerChunk: 1, imagesPerChunk: 1)
  }

  /// How the columns of a last row that has no partner divide.
  func lastRowTiling(of schedule: Schedule, on machine: Machine) -> RowTiling {
    guard schedule.rowsPerTile > 1 else { return schedule.tiling }
    let vectors = schedule.tiling.tile.vectors
    return RowTiling(
      columns: outputColumns, vectors: vectors, mostPixels: mostPixels(vectors: vectors, machine))
  }

  /// Sums in f64 take two registers each.
  private func mostPixels(vectors: Int, _ machine: Machine) -> Int {
    RegisterTile.mostPixels(vectors: vectors, machine: machine) * ScalarType.f32.byteCount / sums.byteCount
  }

  /// Ways to cut the work into chunks, the usual one first. Small weights stay in L2 and chunks are bands of rows;
  /// large ones are read once by a chunk that owns some output channels and walks the rows, and the images, with them.
  private func divisions(of schedule: Schedule, machine: Machine, largestBatch: Int) -> [Schedule] {
    let wantedChunks = 16
    // Below this a chunk's work does not pay for claiming it.
    let leastMultiplyAdds = 500_000
    let most = max(1, min(wantedChunks, multiplyAdds / leastMultiplyAdds))
    var byRows = schedule
    byRows.channelTilesPerChunk = schedule.channelTileCount
    byRows.rowsPerChunk = wholeTiles(max(1, outputRows / min(most, outputRows)), schedule)
    var byChannels = schedule
    let bands = max(1, min(outputRows, most / schedule.channelTileCount))
    byChannels.rowsPerChunk = wholeTiles((outputRows + bands - 1) / bands, schedule)
    byChannels.imagesPerChunk = stridesOverLargeMap(schedule) ? 1 : max(1, min(largestBatch, 8))
    return weightByteCount(schedule) <= machine.level2ByteCount / 2 ? [byRows, byChannels] : [byChannels, byRows]
  }

  private func weightByteCount(_ schedule: Schedule) -> Int {
    4 * output.channels * schedule.reduction.blocks * schedule.reduction.channels * kernelRows * kernelColumns
  }

  /// Whether an image's way from memory costs more than that of the weights, which come from L3 again: the processor
  /// does not foresee which lines are skipped.
  func stridesOverLargeMap(_ schedule: Schedule) -> Bool {
    let inputBytes = 4 * input.channels * input.rows * input.columns
    return rowStride > 1 && weightByteCount(schedule) <= 4 * inputBytes
  }

  /// So many rows, and at the most one more, that tiles are not cut.
  private func wholeTiles(_ rows: Int, _ schedule: Schedule) -> Int {
    (rows + schedule.rowsPerTile - 1) / schedule.rowsPerTile * schedule.rowsPerTile
  }

  /// The widest range of input channels that a tile of output channels needs; with groups, those of its groups.
  package func reduction(tileChannels: Int) -> Reduction {
    guard input.isBlocked else { return Reduction(blocks: 1, channels: input.channels) }
    if reducesByLane { return Reduction(blocks: 1, channels: input.channels / groups, isByLane: true) }
    let tiles = (output.channels + tileChannels - 1) / tileChannels
    let blocks =
      (0..<tiles).map { tile in
        let last = min(output.channels, (tile + 1) * tileChannels) - 1
        return groupOf(last).upperBound / input.channelBlock - firstBlock(ofTile: tile, tileChannels) + 1
      }.max() ?? 1
    return Reduction(
      blocks: blocks, channels: input.blockCount == 1 ? input.channels : input.channelBlock)
  }

  /// The input channels of the group of an output channel.
  private func groupOf(_ outputChannel: Int) -> ClosedRange<Int> {
    let group = outputChannel / (output.channels / groups)
    let width = input.channels / groups
    return group * width...(group + 1) * width - 1
  }

  private func firstBlock(ofTile tile: Int, _ tileChannels: Int) -> Int {
    groupOf(tile * tileChannels).lowerBound / input.channelBlock
  }

  /// The first input block that tile `tile` reads, as code computes it and packing mirrors it.
  package func firstBlock(ofTile tile: Index, tileChannels: Int, reduction: Reduction) -> Index {
    guard groups > 1, input.isBlocked else { return 0 }
    if reduction.isByLane { return tile }
    let group = (tile * .constant(tileChannels)) / (output.channels / groups)
    let first = (group * .constant(input.channels / groups)) / input.channelBlock
    return .min(first, .constant(input.blockCount - reduction.blocks))
  }
}
