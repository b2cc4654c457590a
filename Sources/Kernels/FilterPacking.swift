extension Convolution {
  /// How a kernel wants its weights: from [O, I / groups, KH, KW] to
  /// [channel tile][block][kernel row][kernel column][channel][vectors * lanes], zeros where a tile's channels or
  /// groups have no weight.
  package struct FilterPacking: ConstantPacking {
    package var convolution: Convolution
    package var schedule: Schedule
    package var lanes: Int

    package init(_ convolution: Convolution, _ schedule: Schedule, lanes: Int) {
      self.convolution = convolution
      self.schedule = schedule
      self.lanes = lanes
    }

    package var tunable: Convolution? { convolution }

    package var elementCount: Int {
      let taps = convolution.kernelRows * convolution.kernelColumns
      let vectors = schedule.fullChannelTiles * schedule.tiling.tile.vectors + schedule.tailVectors
      return vectors * lanes * schedule.reduction.blocks * schedule.reduction.channels * taps
    }

    /// Packs `filter` into `packed`, which has `elementCount` elements.
    package func pack(_ filter: UnsafeBufferPointer<Float>, into packed: UnsafeMutableBufferPointer<Float>) {
      packed.initialize(repeating: 0)
      let taps = convolution.kernelRows * convolution.kernelColumns
      let tileVectors = schedule.tiling.tile.vectors
      let reductionCount = schedule.reduction.blocks * schedule.reduction.channels * taps
      for tile in 0..<schedule.channelTileCount {
        let vectors = tile < schedule.fullChannelTiles ? tileVectors : schedule.tailVectors
        let start = tile * tileVectors * lanes * reductionCount
        for channel in 0..<vectors * lanes {
          let output = tile * tileVectors * lanes + channel
          guard output < convolution.output.channels else { continue }
          packChannel(
            output, firstInput: firstInput(ofTile: tile), width: vectors * lanes, filter,
            into: UnsafeMutableBufferPointer(rebasing: packed[(start + channel)...]))
        }
      }
    }

    private func firstInput(ofTile tile: Int) -> Int {
      let index = convolution.firstBlock(
        ofTile: .constant(tile), tileChannels: schedule.tiling.tile.vectors * lanes, reduction: schedule.reduction)
      guard let block = index.constantValue else { preconditionFailure("a constant tile has a constant first block") }
      return block * convolution.input.channelBlock
    }

    /// One output channel's weights, `width` elements apart.
    private func packChannel(
      _ output: Int, firstInput: Int, width: Int, _ filter: UnsafeBufferPointer<Float>,
      into packed: UnsafeMutableBufferPointer<Float>
    ) {
      let taps = convolution.kernelRows * convolution.kernelColumns
      let groupInputs = convolution.input.channels / convolution.groups
      let group = output / (convolution.output.channels / convolution.groups)
      let channels = schedule.reduction.channels
      for input in 0..<groupInputs {
        let position = schedule.reduction.isByLane ? input : group * groupInputs + input - firstInput
        let block = position / channels
        let source = (output * groupInputs + input) * taps
        let destination = (block * taps * channels + position % channels) * width
        for tap in 0..<taps {
          packed[destination + tap * channels * width] = filter[source + tap]
        }
      }
    }
  }
}
