import LoopIR

extension Winograd {
  /// The step that transforms a filter under training, G g G^T, in the order of `FilterPacking`; a chunk is a vector of
  /// output channels. Operands: filter, transformed filters.
  package func filterKernel(named name: String, schedule: Schedule) -> Kernel {
    guard let layout = convolution.filter else { preconditionFailure("the filter is a constant") }
    var builder = KernelBuilder()
    let filter = builder.buffer("filter", .f32, .read)
    let transformed = builder.buffer("transformed", .f32, .write)
    let tile = Index.chunk / schedule.tile.vectors
    func emit(vectors: Int, in builder: inout KernelBuilder) {
      builder.loop("block", to: .constant(layout.inputBlocks)) { builder, block in
        builder.loop("channel", to: .constant(layout.inputBlock)) { builder, channel in
          let source =
            .chunk * .constant(layout.outputBlockStride) + block * .constant(layout.inputBlockStride)
            + channel * .constant(layout.lanes)
          let taps = (0..<9).map { tap in
            builder.bind(builder.load(filter, at: source + .constant(tap * layout.tapStride), lanes: layout.lanes))
          }
          let target =
            filterOrigin(ofTile: tile, schedule)
            + (block * .constant(layout.inputBlock) + channel) * .constant(vectors * layout.lanes)
            + (.chunk % schedule.tile.vectors) * .constant(layout.lanes)
          emitFilter(
            taps, to: transformed, at: target, positionStride: filterRows * vectors * layout.lanes, in: &builder)
        }
      }
    }
    if schedule.tailVectors == 0 {
      emit(vectors: schedule.tile.vectors, in: &builder)
    } else {
      builder.conditional(Condition(tile, .less, .constant(schedule.fullChannelTiles))) {
        emit(vectors: schedule.tile.vectors, in: &$0)
      } else: {
        emit(vectors: schedule.tailVectors, in: &$0)
      }
    }
    return builder.kernel(named: name)
  }

  /// Chunks of the step that transforms the filter, whatever the batch.
  package var filterChunks: Int { convolution.output.blockCount }

  /// f32 elements of the transformed filters.
  package var filterElementCount: Int {
    convolution.output.blockCount * convolution.output.channelBlock * positionCount * filterRows
  }

  /// Rows of a position's transformed filters: the input channels, up to whole blocks.
  var filterRows: Int { convolution.input.blockCount * convolution.input.channelBlock }

  /// Where the filters of a tile of output channels begin.
  func filterOrigin(ofTile tile: Index, _ schedule: Schedule) -> Index {
    tile * .constant(schedule.tile.vectors * convolution.output.channelBlock * positionCount * filterRows)
  }

  private func emitFilter(
    _ taps: [Expression], to transformed: BufferID, at target: Index, positionStride: Int,
    in builder: inout KernelBuilder
  ) {
    let columns = (0..<3).map { column in
      vertical.transformFilter((0..<3).map { taps[$0 * 3 + column] }, in: &builder)
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
