import LoopIR

/// The one micro-kernel: accumulators += inputs x weights over a block of input channels, unrolled. Everything heavy
/// calls it from loops of its own and differs only in the addresses.
package struct MicroKernel {
  package var tile: RegisterTile
  package var lanes: Int
  /// Elements from the tile's first pixel to each pixel.
  package var pixelOffsets: [Int]
  /// Elements between neighbouring input channels.
  package var channelStride: Int
  /// Elements between the weights of neighbouring input channels, and between those of neighbouring vectors.
  package var weightChannelStride: Int
  package var weightVectorStride: Int
  package var broadcastsFromMemory: Bool
  /// How far ahead of their use weights are prefetched, in elements; 0: not at all.
  package var weightPrefetchDistance: Int
  /// What products are added up in.
  package var sums: ScalarType

  /// - Parameters:
  ///   - weightStrides: nil where weights are [channel][vectors * lanes].
  ///   - prefetchesWeights: Whether to prefetch weights, on machines that want it: where a tile reads them in the order of
  ///     their addresses, and they may be in no cache.
  package init(
    tile: RegisterTile, on machine: Machine, pixelOffsets: [Int], channelStride: Int,
    weightStrides: (channel: Int, vector: Int)? = nil, prefetchesWeights: Bool, sums: ScalarType = .f32
  ) {
    self.tile = tile
    lanes = machine.vectorLanes
    self.pixelOffsets = pixelOffsets
    self.channelStride = channelStride
    weightChannelStride = weightStrides?.channel ?? tile.vectors * lanes
    weightVectorStride = weightStrides?.vector ?? lanes
    broadcastsFromMemory = machine.broadcastsFromMemory
    precondition(
      machine.weightPrefetchByteCount == 0 || lanes * ScalarType.f32.byteCount == 64, "a vector is not a line of memory"
    )
    weightPrefetchDistance = prefetchesWeights ? machine.weightPrefetchByteCount / ScalarType.f32.byteCount : 0
    self.sums = sums
  }

  /// The same for some of the tile's pixels.
  package func taking(_ pixels: Range<Int>) -> MicroKernel {
    var micro = self
    micro.tile.pixels = pixels.count
    micro.pixelOffsets = Array(pixelOffsets[pixels])
    return micro
  }

  /// The accumulators, pixel by pixel, each holding `initial` of its vector.
  package func makeAccumulators(in builder: inout KernelBuilder, initial: [Expression]) -> [[Register]] {
    (0..<tile.pixels).map { _ in initial.map { builder.register(widened($0)) } }
  }

  private func widened(_ value: Expression) -> Expression { sums == .f32 ? value : .convert(value, to: sums) }

  /// Adds `channelCount` input channels. `input` is the index of the tile's first pixel at the first channel, and
  /// `weight` that of the first channel's first vector. Channels are added in ascending order whatever the tile, so
  /// an output has the same bits in each.
  package func accumulate(
    into accumulators: [[Register]], input: BufferID, at inputIndex: Index, weights: BufferID,
    at weightIndex: Index, channelCount: Int, in builder: inout KernelBuilder
  ) {
    for channel in 0..<channelCount {
      let row = weightIndex + .constant(channel * weightChannelStride)
      let place = inputIndex + .constant(channel * channelStride)
      if Self.readsByVector(tile, broadcastsFromMemory: broadcastsFromMemory, sums: sums) {
        prefetch(weights, at: row, in: &builder)
        accumulateByVector(accumulators, input, at: place, weights, at: row, in: &builder)
      } else {
        accumulateByPixel(accumulators, input, at: place, weights, at: row, in: &builder)
      }
    }
  }

  /// Whether inputs are read again for each vector of weights: as operands of arithmetic they need no registers, which
  /// tiles of many vectors have not to spare.
  private static func readsByVector(_ tile: RegisterTile, broadcastsFromMemory: Bool, sums: ScalarType) -> Bool {
    broadcastsFromMemory && tile.vectors >= 3 && sums == .f32
  }

  /// Loads of an input channel for sums in f32: of its weights, and of its inputs, once or for each vector.
  static func loadsPerChannel(_ tile: RegisterTile, on machine: Machine) -> Int {
    let isByVector = readsByVector(tile, broadcastsFromMemory: machine.broadcastsFromMemory, sums: .f32)
    return tile.vectors + tile.pixels * (isByVector ? tile.vectors : 1)
  }

  /// Prefetches the weights `weightPrefetchDistance` elements past those of a channel.
  private func prefetch(_ weights: BufferID, at row: Index, in builder: inout KernelBuilder) {
    guard weightPrefetchDistance > 0 else { return }
    for vector in 0..<tile.vectors {
      builder.prefetch(weights, at: row + .constant(vector * weightVectorStride + weightPrefetchDistance))
    }
  }

  /// Adds the `groupWidth` input channels of each lane's own group. `input` is the index of the tile's first pixel at
  /// the block that holds the groups of the tile's one vector; weights are [channel in group][lanes].
  package func accumulateByLane(
    into accumulators: [[Register]], input: BufferID, at inputIndex: Index, weights: BufferID,
    at weightIndex: Index, groupWidth: Int, in builder: inout KernelBuilder
  ) {
    let inputs = pixelOffsets.map {
      builder.bind(widened(builder.load(input, at: inputIndex + .constant($0), lanes: lanes)))
    }
    for channel in 0..<groupWidth {
      let weight = builder.bind(
        widened(builder.load(weights, at: weightIndex + .constant(channel * lanes), lanes: lanes)))
      for (value, sums) in zip(inputs, accumulators) {
        let own = spread(value, channel: channel, groupWidth: groupWidth)
        builder.assign(sums[0], .fusedMultiplyAdd(own, weight, .register(sums[0])))
      }
    }
  }

  /// Adds products of inputs and gradients at `pixelCount` pixels to the weights of narrow groups: sums are [tap][input of
  /// the group], lanes are outputs, each of which takes its own group's inputs. `pixelOffsets` are those of the sums.
  package func accumulateWeightsByLane(
    into sums: [[Register]], input: BufferID, at inputIndex: Index, gradient: BufferID, at gradientIndex: Index,
    groupWidth: Int, pixelCount: Int, in builder: inout KernelBuilder
  ) {
    for pixel in 0..<pixelCount {
      let row = inputIndex + .constant(pixel * channelStride)
      let slope = builder.bind(
        builder.load(gradient, at: gradientIndex + .constant(pixel * weightChannelStride), lanes: lanes))
      for first in stride(from: 0, to: sums.count, by: groupWidth) {
        let inputs = builder.bind(builder.load(input, at: row + .constant(pixelOffsets[first]), lanes: lanes))
        for channel in 0..<groupWidth {
          let own = spread(inputs, channel: channel, groupWidth: groupWidth)
          let sum = sums[first + channel][0]
          builder.assign(sum, .fusedMultiplyAdd(own, slope, .register(sum)))
        }
      }
    }
  }

  /// A channel of each group, in all lanes of the group.
  private func spread(_ value: Expression, channel: Int, groupWidth: Int) -> Expression {
    groupWidth == 1
      ? value : .shuffle((0..<lanes).map { $0 / groupWidth * groupWidth + channel }, value, value)
  }

  private func accumulateByPixel(
    _ accumulators: [[Register]], _ input: BufferID, at place: Index, _ weights: BufferID, at row: Index,
    in builder: inout KernelBuilder
  ) {
    let vectors = (0..<tile.vectors).map { vector in
      builder.bind(
        widened(builder.load(weights, at: row + .constant(vector * weightVectorStride), lanes: lanes)))
    }
    for pixel in 0..<tile.pixels {
      var value = Expression.splat(
        widened(builder.load(input, at: place + .constant(pixelOffsets[pixel]))), lanes: lanes)
      if !broadcastsFromMemory { value = builder.bind(value) }
      for vector in 0..<tile.vectors {
        let accumulator = accumulators[pixel][vector]
        builder.assign(accumulator, .fusedMultiplyAdd(value, vectors[vector], .register(accumulator)))
      }
      // Between two channels LLVM would load the next one's weights before the last sums of this, and spill for it.
      if pixel == tile.pixels / 2 { prefetch(weights, at: row, in: &builder) }
    }
  }

  /// Keeps one weight vector at a time, and reads each input anew for each: LLVM would keep an input that it has
  /// read in a register.
  private func accumulateByVector(
    _ accumulators: [[Register]], _ input: BufferID, at place: Index, _ weights: BufferID, at row: Index,
    in builder: inout KernelBuilder
  ) {
    for vector in 0..<tile.vectors {
      let column = builder.bind(builder.load(weights, at: row + .constant(vector * weightVectorStride), lanes: lanes))
      for pixel in 0..<tile.pixels {
        let value = Expression.splat(builder.load(input, at: place + .constant(pixelOffsets[pixel])), lanes: lanes)
        let accumulator = accumulators[pixel][vector]
        builder.assign(accumulator, .fusedMultiplyAdd(value, column, .register(accumulator)))
      }
      builder.forgetLoads()
    }
  }
}
