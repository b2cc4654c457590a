import LoopIR

extension ConvolutionEmitter {
  /// A tile's accumulators of one row.
  func emitEpilogue(
    _ accumulators: [[Register]], at column: Index, _ place: Place, channel: Index, in builder: inout KernelBuilder
  ) {
    for vector in accumulators[0].indices {
      let channels = buffers.output.channels(from: channel + .constant(vector * lanes), hasBias: true, in: &builder)
      for pixel in accumulators.indices {
        buffers.output.store(problem.sum(accumulators[pixel][vector]), channels, in: &builder) { layout in
          elementIndex(layout, place, vector: vector, column: column + .constant(pixel))
        }
      }
    }
  }

  // MARK: Moments

  /// Begins the part that a chunk's rows of an image are, for a tile of channels.
  func beginMoments(image: Index, channelTile: Index, firstRow: Index, in builder: inout KernelBuilder) {
    guard let partials = buffers.output.epilogue.partials else { return }
    let vectors = Index.constant(schedule.tiling.tile.vectors)
    let end = Index.min((channelTile + 1) * vectors, .constant(problem.output.blockCount))
    builder.loop("vector", from: channelTile * vectors, to: end) { builder, vector in
      moments.clear(partials, part: part(image: image, firstRow: firstRow), vector: vector, in: &builder)
    }
  }

  /// Counts a tile's pixels, which stand behind those of the chunk's rows before, and of the tile's rows to the left.
  func gatherMoments(
    columns: Int, vectors: Int, at column: Index, _ place: Place, in builder: inout KernelBuilder
  ) {
    guard let partials = buffers.output.epilogue.partials else { return }
    let count = (place.row - place.firstRow) * .constant(problem.output.columns) + column * .constant(place.rowCount)
    for vector in 0..<vectors {
      let pixels = (0..<place.rowCount * columns).map { pixel in
        elementIndex(
          problem.output, place.row(pixel / columns), vector: vector, column: column + .constant(pixel % columns))
      }
      moments.add(
        pixels, of: buffers.output.buffer, to: partials, part: part(image: place.image, firstRow: place.firstRow),
        vector: place.channelTile * .constant(schedule.tiling.tile.vectors) + .constant(vector), behind: count,
        in: &builder)
    }
  }

  private var moments: PartialMoments { problem.moments(schedule, lanes: lanes) }

  private func part(image: Index, firstRow: Index) -> Index {
    image * .constant(moments.bandCount) + firstRow / schedule.rowsPerChunk
  }

  /// Writes the zeros left and right of the output's row.
  func emitHalo(_ place: Place, vectors: Int, in builder: inout KernelBuilder) {
    for vector in 0..<vectors {
      for column in problem.output.haloColumns {
        let index = elementIndex(problem.output, place, vector: vector, column: .constant(column), isOfPhase: false)
        builder.store(.constant(0, .f32(lanes)), to: buffers.output.buffer, at: index)
      }
    }
  }

  /// The index of an output. `column` counts those of the phase, or all.
  func elementIndex(
    _ layout: ImageLayout, _ place: Place, vector: Int, column: Index, isOfPhase: Bool = true
  ) -> Index {
    let row = place.row * .constant(problem.rowPhase.step) + .constant(problem.rowPhase.first)
    let phase = problem.columnPhase
    let column = isOfPhase ? column * .constant(phase.step) + .constant(phase.first) : column
    return place.image * .constant(layout.elementCount)
      + place.channelTile * .constant(schedule.tiling.tile.vectors * layout.blockStride)
      + row * .constant(layout.rowStride) + column * .constant(layout.pixelStride)
      + .constant(vector * layout.blockStride + layout.firstColumn)
  }
}
