import LoopIR

extension ConvolutionEmitter {
  /// Asks for the lines of a tile's outputs, and of what is added to them, so that the reduction hides how long memory
  /// takes: for those of some vectors at each of its first blocks, since all at once would make its loads wait.
  func prefetchOutputs(
    of tile: RegisterTile, at column: Index, _ place: Place, block: Index, in builder: inout KernelBuilder
  ) {
    // A reduction of a few channels ends before they come.
    guard !schedule.reduction.isByLane else { return }
    let vectorsPerBlock = (tile.vectors + schedule.reduction.blocks - 1) / schedule.reduction.blocks
    let blocks = (tile.vectors + vectorsPerBlock - 1) / vectorsPerBlock
    let columns = tile.pixels / place.rowCount
    builder.conditional(Condition(block, .less, .constant(blocks))) { builder in
      for vector in 0..<vectorsPerBlock {
        for row in 0..<place.rowCount {
          func prefetch(_ buffer: BufferID, _ layout: ImageLayout) {
            let first = elementIndex(layout, place.row(row), vector: vector, column: column)
            let line = first + block * .constant(vectorsPerBlock * layout.blockStride)
            let stride = problem.columnPhase.step * layout.pixelStride
            for pixel in linePixels(of: columns, stride: stride) {
              builder.prefetch(buffer, at: line + .constant(pixel * stride))
            }
          }
          if let buffer = buffers.epilogue.residual, let layout = problem.epilogue.residual {
            prefetch(buffer, layout)
          }
          prefetch(buffers.output, problem.output)
        }
      }
    }
  }

  /// Pixels in whose lines of memory all `count` are, wherever in its line the first one is.
  private func linePixels(of count: Int, stride: Int) -> [Int] {
    let perLine = max(1, 16 / stride)
    return Array(Swift.stride(from: 0, to: count - 1, by: perLine)) + [count - 1]
  }
}
