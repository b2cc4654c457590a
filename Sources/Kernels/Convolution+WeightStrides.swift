/// Elements between a convolution's weights, from one of each kind to the next.
struct WeightStrides {
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
