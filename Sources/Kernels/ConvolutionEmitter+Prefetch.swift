import LoopIR

extension ConvolutionEmitter {
  /// Asks for the lines of a tile's outputs at a block of its reduction.
  func prefetchOutputs(
    of tile: RegisterTile, at column: Index, _ place: Place, block: Index, in builder: inout KernelBuilder
  ) {
    // A reduction of a few channels ends before they come.
    guard !schedule.reduction.isByLane else { return }
    let columns = tile.pixels / place.rowCount
    buffers.output.prefetch(
      vectors: tile.vectors, block: block, of: schedule.reduction.blocks, in: &builder
    ) { layout in
      let pixels = (0..<tile.pixels).map { pixel in
        pixel / columns * problem.rowPhase.step * layout.rowStride
          + pixel % columns * problem.columnPhase.step * layout.pixelStride
      }
      return (elementIndex(layout, place, vector: 0, column: column), pixels)
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
    builder.prefetch(offsets, of: buffers.input, from: index + .constant(layout.blockStride))
  }
}
