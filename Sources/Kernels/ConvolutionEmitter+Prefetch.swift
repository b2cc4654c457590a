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
    func prefetch(_ buffer: BufferID, _ layout: ImageLayout, in builder: inout KernelBuilder) {
      let first = elementIndex(layout, place, vector: 0, column: column)
      for vector in 0..<vectorsPerBlock {
        let offsets = (0..<tile.pixels).map { pixel in
          pixel / columns * problem.rowPhase.step * layout.rowStride
            + pixel % columns * problem.columnPhase.step * layout.pixelStride
        }
        let plane = block * .constant(vectorsPerBlock * layout.blockStride) + .constant(vector * layout.blockStride)
        for line in lines(of: offsets) { builder.prefetch(buffer, at: first + plane + .constant(line)) }
      }
    }
    builder.conditional(Condition(block, .less, .constant(blocks))) { builder in
      if let buffer = buffers.epilogue.residual, let layout = problem.epilogue.residual {
        prefetch(buffer, layout, in: &builder)
      }
      prefetch(buffers.output, problem.output, in: &builder)
    }
  }

  /// Asks for what a tile with its first pixel at `index` reads of the next block of channels, where a chunk strides
  /// over much: smaller maps are in a cache, and without a stride the processor foresees them.
  func prefetchInputs(of micro: MicroKernel, at index: Index, in builder: inout KernelBuilder) {
    let layout = problem.input
    let isLarge =
      problem.rowStride > 1 && (schedule.imagesPerChunk > 1 || problem.stridesOverLargeMap(schedule))
    guard isLarge, layout.isBlocked, schedule.reduction.blocks > 1 else { return }
    let taps = (0..<problem.kernelRows * problem.kernelColumns).map { tap in
      tap / problem.kernelColumns * problem.rowDilation * layout.rowStride
        + tap % problem.kernelColumns * problem.columnDilation * layout.pixelStride
    }
    let offsets = micro.pixelOffsets.flatMap { pixel in taps.map { pixel + $0 } }
    for line in lines(of: offsets) {
      builder.prefetch(buffers.input, at: index + .constant(layout.blockStride + line))
    }
  }

  /// The fewest of some elements that are in all their lines of 64 bytes, wherever a line begins.
  private func lines(of elements: [Int]) -> [Int] {
    Set(elements).sorted().reduce(into: []) { kept, element in
      // What lies between two that are no more than a line apart is in the line of one or the other.
      if kept.count > 1, element - kept[kept.count - 2] <= 16 { kept.removeLast() }
      kept.append(element)
    }
  }
}
