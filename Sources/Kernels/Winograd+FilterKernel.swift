import LoopIR

extension Winograd {
  /// The step that transforms a filter under training, G g G^T, in the order of `FilterPacking`; a chunk is a vector of
  /// output channels. Operands: filter, transformed filters.
  package func filterKernel(named name: String, schedule: Schedule) -> Kernel {
    var builder = KernelBuilder()
    let filter = builder.buffer("filter", .f32, .read)
    let transformed = builder.buffer("transformed", .f32, .write)
    let tile = Index.chunk / schedule.tile.vectors
    let vector = Index.chunk % schedule.tile.vectors
    let target =
      tile * .constant(filterTileElementCount(schedule)) + vector * .constant(convolution.output.channelBlock)
    schedule.emit(channelTile: tile, in: &builder) { vectors, builder in
      emitFilters(ofVector: .chunk, from: filter, to: transformed, at: target, vectors: vectors, in: &builder)
    }
    return builder.kernel(named: name)
  }

  /// Chunks of the step that transforms the filter, whatever the batch.
  package var filterChunks: Int { convolution.output.blockCount }

  /// f32 elements of the transformed filters.
  package var filterElementCount: Int {
    convolution.output.blockCount * convolution.output.channelBlock * positionCount * filterRows
  }

  /// Rows of a position's transformed filters: the channels of the transformed input, up to whole blocks.
  var filterRows: Int { inputBlockCount * convolution.input.channelBlock }

  /// f32 elements of the transformed filters of a tile of output channels.
  func filterTileElementCount(_ schedule: Schedule) -> Int {
    schedule.tile.vectors * convolution.output.channelBlock * positionCount * filterRows
  }

  /// Transforms the filters of a vector of output channels, which is one of `vectors` of a tile; its own begin at
  /// `target`.
  func emitFilters(
    ofVector vector: Index, from filter: BufferID, to transformed: BufferID, at target: Index, vectors: Int,
    in builder: inout KernelBuilder
  ) {
    guard let layout = convolution.filter else { preconditionFailure("the filter is a constant") }
    let rowStride = vectors * layout.lanes
    builder.loop("block", to: .constant(layout.inputBlocks)) { builder, block in
      builder.loop("channel", to: .constant(layout.inputBlock)) { builder, channel in
        let source =
          vector * .constant(layout.outputBlockStride) + block * .constant(layout.inputBlockStride)
          + channel * .constant(layout.lanes)
        let taps = (0..<vertical.taps * horizontal.taps).map { tap in
          builder.bind(builder.load(filter, at: source + .constant(tap * layout.tapStride), lanes: layout.lanes))
        }
        let row = block * .constant(layout.inputBlock) + channel
        emitFilter(
          taps, to: transformed, at: target + row * .constant(rowStride), positionStride: filterRows * rowStride,
          in: &builder)
      }
    }
  }

  private func emitFilter(
    _ taps: [Expression], to transformed: BufferID, at target: Index, positionStride: Int,
    in builder: inout KernelBuilder
  ) {
    let columns = (0..<horizontal.taps).map { column in
      vertical.transformFilter((0..<vertical.taps).map { taps[$0 * horizontal.taps + column] }, in: &builder)
    }
    for row in 0..<vertical.positionCount {
      let values = horizontal.transformFilter(columns.map { $0[row] }, in: &builder)
      for (column, value) in values.enumerated() {
        let position = row * horizontal.positionCount + column
        builder.store(value, to: transformed, at: target + .constant(position * positionStride))
      }
    }
  }
}

extension Winograd.Schedule {
  /// The body, for as many vectors as a tile of output channels has.
  func emit(
    channelTile: Index, in builder: inout KernelBuilder, _ body: (_ vectors: Int, inout KernelBuilder) -> Void
  ) {
    if tailVectors == 0 {
      body(tile.vectors, &builder)
    } else {
      builder.conditional(Condition(channelTile, .less, .constant(fullChannelTiles))) {
        body(tile.vectors, &$0)
      } else: {
        body(tailVectors, &$0)
      }
    }
  }
}
