import LoopIR

/// Writes the sums of a register tile: of some pairs of a row, for a tile of channels of a half.
struct StrassenTile {
  /// Sums that several outputs have in common, in scratch memory.
  enum Kept: Int { case common, ofOdd }

  /// Channels that a product's loop unrolls, which divide any block: with seven products, more would be long to compile.
  private static let unrolledChannels = 4

  private let emitter: StrassenEmitter
  private let channelTile: Index
  private let firstPair: Index
  private let sums: [[Register]]

  private var problem: Strassen { emitter.problem }
  private var lanes: Int { emitter.lanes }
  private var vectors: Int { emitter.schedule.tiling.tile.vectors }

  /// Of sums that are zero.
  init(
    _ emitter: StrassenEmitter, channelTile: Index, pairs: Int, firstPair: Index, in builder: inout KernelBuilder
  ) {
    self.emitter = emitter
    self.channelTile = channelTile
    self.firstPair = firstPair
    let zero = Expression.constant(0, .f32(emitter.lanes))
    sums = (0..<pairs).map { _ in
      (0..<emitter.schedule.tiling.tile.vectors).map { _ in builder.register(zero) }
    }
  }

  /// Outputs that are written together: one pixel of each pair, and a half of the channels.
  struct Part {
    var isOdd: Bool
    var half: Int
  }

  // MARK: Sums

  /// Adds a product, behind which `part` is written.
  func add(_ product: Strassen.Product, before part: Part? = nil, in builder: inout KernelBuilder) {
    let (buffer, first, pixelStride, blockStride) = source(of: product.input)
    let micro = MicroKernel(
      tile: RegisterTile(pixels: sums.count, vectors: vectors), on: emitter.machine,
      pixelOffsets: sums.indices.map { $0 * pixelStride }, channelStride: 1, prefetchesWeights: true)
    let filterBlock = lanes * vectors * lanes
    let filter =
      (channelTile * .constant(Strassen.Product.allCases.count) + .constant(product.rawValue))
      * .constant(problem.inputBlocks * filterBlock)
    builder.loop("block", to: .constant(problem.inputBlocks)) { builder, block in
      if let part { prefetch(part, block: block, in: &builder) }
      builder.loop("channel", to: .constant(lanes), step: Self.unrolledChannels) { builder, channel in
        micro.accumulate(
          into: sums, input: buffer, at: first + block * .constant(blockStride) + channel, weights: emitter.filters,
          at: filter + block * .constant(filterBlock) + channel * .constant(vectors * lanes),
          channelCount: Self.unrolledChannels, in: &builder)
      }
    }
  }

  /// Where the inputs of the first pair are, and how far from them are the next pair's, and the next block's.
  private func source(
    of input: Strassen.Product.Input
  ) -> (buffer: BufferID, first: Index, pixelStride: Int, blockStride: Int) {
    switch input {
    case .pixel(let isOdd, let half):
      let step = 2 * emitter.inputStep
      let first =
        emitter.firstInput + firstPair * .constant(step)
        + .constant(emitter.inputOffset(isOdd: isOdd, half: half))
      return (emitter.input, first, step, problem.convolution.input.blockStride)
    case .sum(let sum):
      let layout = problem.inputSums
      let first = firstPair * .constant(layout.lanes) + .constant(sum.rawValue * layout.positionStride)
      return (emitter.scratch, first, layout.lanes, layout.blockStride)
    }
  }

  /// Adds what was kept.
  func add(_ kept: Kept, in builder: inout KernelBuilder) {
    forEachSum { pair, vector, sum in
      builder.assign(sum, .register(sum) + load(kept, pair, vector, in: &builder))
    }
  }

  /// - Parameter kept: nil: zero.
  func set(to kept: Kept?, in builder: inout KernelBuilder) {
    forEachSum { pair, vector, sum in
      builder.assign(sum, kept.map { load($0, pair, vector, in: &builder) } ?? .constant(0, .f32(lanes)))
    }
  }

  func keep(_ kept: Kept, in builder: inout KernelBuilder) {
    forEachSum { pair, vector, sum in
      builder.store(.register(sum), to: emitter.scratch, at: .constant(place(of: kept, pair, vector)))
    }
  }

  private func load(_ kept: Kept, _ pair: Int, _ vector: Int, in builder: inout KernelBuilder) -> Expression {
    builder.load(emitter.scratch, at: .constant(place(of: kept, pair, vector)), lanes: lanes)
  }

  /// Behind the sums of inputs.
  private func place(of kept: Kept, _ pair: Int, _ vector: Int) -> Int {
    problem.inputSums.elementCount
      + ((kept.rawValue * sums.count + pair) * vectors + vector) * lanes
  }

  private func forEachSum(_ body: (_ pair: Int, _ vector: Int, _ sum: Register) -> Void) {
    for (pair, vectors) in sums.enumerated() {
      for (vector, sum) in vectors.enumerated() { body(pair, vector, sum) }
    }
  }

  // MARK: Output

  /// Stores what the epilogue makes of the sums, and of what was kept.
  func write(_ part: Part, adding kept: Kept? = nil, in builder: inout KernelBuilder) {
    for vector in 0..<vectors {
      let channel = block(of: vector, part) * .constant(lanes)
      let channels = emitter.output.channels(from: channel, in: &builder)
      for pair in sums.indices {
        var sum = Expression.register(sums[pair][vector])
        if let kept { sum = sum + load(kept, pair, vector, in: &builder) }
        emitter.output.store(sum, channels, in: &builder) { index($0, part, pair, vector) }
      }
    }
  }

  /// Asks for the lines of a part at a block of the product before it.
  private func prefetch(_ part: Part, block: Index, in builder: inout KernelBuilder) {
    emitter.output.prefetch(vectors: vectors, block: block, of: problem.inputBlocks, in: &builder) { layout in
      (index(layout, part, 0, 0), sums.indices.map { $0 * 2 * layout.pixelStride })
    }
  }

  /// Counts the pixels, which stand behind those of the row to the left.
  func gatherMoments(in builder: inout KernelBuilder) {
    guard let partials = emitter.output.epilogue.partials else { return }
    for half in 0..<2 {
      for vector in 0..<vectors {
        let pixels = sums.indices.flatMap { pair in
          [false, true].map { index(problem.convolution.output, Part(isOdd: $0, half: half), pair, vector) }
        }
        problem.moments.add(
          pixels, of: emitter.output.buffer, to: partials, part: .chunk,
          vector: block(of: vector, Part(isOdd: false, half: half)), behind: firstPair * 2, in: &builder)
      }
    }
  }

  private func block(of vector: Int, _ part: Part) -> Index {
    channelTile * .constant(vectors) + .constant(part.half * problem.outputVectors + vector)
  }

  private func index(_ layout: ImageLayout, _ part: Part, _ pair: Int, _ vector: Int) -> Index {
    let column = firstPair * 2 + .constant(2 * pair + (part.isOdd ? 1 : 0))
    return emitter.firstPixel(of: layout) + block(of: vector, part) * .constant(layout.blockStride)
      + column * .constant(layout.pixelStride)
  }
}
