import LoopIR

extension WinogradWeightGradient {
  /// One of the two steps that compute the gradient.
  package struct Step: Sendable {
    package enum Operand: Hashable, Sendable {
      case input, gradient
      /// What the first step hands on to the second.
      case temporary(Int)
      /// Memory of a thread's own.
      case scratch
      case result
    }

    package var operands: [Operand]
    package var chunksPerGroup: Int
    /// nil: `chunksPerGroup` chunks in all, whatever the batch.
    package var imagesPerGroup: Int?
    package var kernel: @Sendable (_ name: String) -> Kernel
  }

  package func steps(_ schedule: Schedule, machine: Machine, largestBatch: Int) -> [Step] {
    let tile = schedule.tile
    switch schedule.division {
    case .images(let perChunk, let blockTiles):
      return [
        Step(
          operands: [.input, .gradient, .scratch, .temporary(0)], chunksPerGroup: 1, imagesPerGroup: perChunk
        ) { imagesKernel(named: $0, tile: tile, perChunk: perChunk, blockTiles: blockTiles, machine: machine) },
        Step(
          operands: [.temporary(0), .result], chunksPerGroup: problem.gradient.blockCount * problem.filter.inputBlocks
        ) { sumKernel(named: $0, perChunk: perChunk) },
      ]
    case .filters(let outputTiles, let inputBlocks, let tilesPerSum):
      return [
        Step(
          operands: [.input, .gradient, .temporary(0), .temporary(1)], chunksPerGroup: tilesChunks, imagesPerGroup: 1
        ) { tilesKernel(named: $0, largestBatch: largestBatch) },
        Step(
          operands: [.temporary(0), .temporary(1), .scratch, .result],
          chunksPerGroup: filterChunks(tile: tile, outputTiles: outputTiles, inputBlocks: inputBlocks)
        ) {
          filtersKernel(
            named: $0, tile: tile, outputTiles: outputTiles, inputBlocks: inputBlocks, tilesPerSum: tilesPerSum,
            largestBatch: largestBatch, machine: machine)
        },
      ]
    }
  }

  /// How many sums of the whole filter are made, and added.
  func groupCount(_ schedule: Schedule, batch: Int) -> Int {
    guard case .images(let perChunk, _) = schedule.division else { return 1 }
    return (batch + perChunk - 1) / perChunk
  }

  /// f32 elements of each temporary.
  package func temporaryElementCounts(_ schedule: Schedule, largestBatch: Int) -> [Int] {
    switch schedule.division {
    case .images:
      let sums = sums(outputBlocks: problem.gradient.blockCount, inputBlocks: problem.filter.inputBlocks)
      return [groupCount(schedule, batch: largestBatch) * sums.elementCount]
    case .filters:
      let tiles = largestBatch * tileCount
      return [transformedInputElementCount(tiles: tiles), transformedGradient(tiles: tiles).elementCount]
    }
  }

  /// f32 elements of scratch memory.
  package func scratchElementCount(_ schedule: Schedule) -> Int {
    switch schedule.division {
    case .images(_, let blockTiles):
      return transformedInputElementCount(tiles: blockTiles) + transformedGradient(tiles: blockTiles).elementCount
    case .filters(let outputTiles, let inputBlocks, _):
      return sums(outputBlocks: outputTiles * schedule.tile.vectors, inputBlocks: inputBlocks).elementCount
    }
  }
}
