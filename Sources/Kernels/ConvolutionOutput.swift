import LoopIR

/// The output of a convolution's kernel, whatever the algorithm: writes what the epilogue makes of sums.
struct ConvolutionOutput {
  let convolution: Convolution
  let epilogue: EpilogueBuffers
  let buffer: BufferID

  private var lanes: Int { convolution.output.channelBlock }

  /// Takes the buffers of the epilogue, and makes that of the output, which steps list behind them.
  init(_ convolution: Convolution, _ epilogue: EpilogueBuffers, in builder: inout KernelBuilder) {
    self.convolution = convolution
    self.epilogue = epilogue
    buffer = builder.buffer(
      "output", .f32, epilogue.partials == nil ? .write : .update, aliasSet: epilogue.residual == nil ? nil : 0)
  }

  // MARK: Sums

  /// What the lanes of one vector of channels are added to and multiplied with.
  struct Channels {
    fileprivate var first: Index
    fileprivate var bias: Expression?
    fileprivate var slope: Expression?
  }

  /// The vector that begins with channel `first`.
  /// - Parameter hasBias: Whether sums have the bias in them already.
  func channels(from first: Index, hasBias: Bool = false, in builder: inout KernelBuilder) -> Channels {
    let bias = hasBias ? nil : bias(from: first, in: &builder)
    return Channels(first: first, bias: bias, slope: load(epilogue.slope, at: first, in: &builder))
  }

  /// The bias of a vector of channels, if there is one.
  func bias(from first: Index, in builder: inout KernelBuilder) -> Expression? {
    load(epilogue.bias, at: first, in: &builder)
  }

  private func load(_ buffer: BufferID?, at index: Index, in builder: inout KernelBuilder) -> Expression? {
    buffer.map { builder.bind(builder.load($0, at: index, lanes: lanes)) }
  }

  /// Stores what the epilogue makes of a vector of sums.
  /// - Parameter index: Where it belongs, in the output or what is added to it.
  func store(_ sum: Expression, _ channels: Channels, in builder: inout KernelBuilder, at index: (ImageLayout) -> Index)
  {
    var value = sum
    if let bias = channels.bias { value = value + bias }
    if let residual = epilogue.residual, let layout = convolution.epilogue.residual {
      value = value + builder.load(residual, at: index(layout), lanes: lanes)
    }
    value = convolution.finish(value, slope: channels.slope, channel: channels.first, in: &builder)
    builder.store(value, to: buffer, at: index(convolution.output))
  }

  // MARK: Prefetch

  /// Asks for the lines of a tile's outputs, and of what is added to them, so that the reduction hides how long memory
  /// takes: for those of some vectors at each of its first blocks, since all at once would make its loads wait.
  /// - Parameters:
  ///   - vectors: Of each pixel of the tile.
  ///   - block: Of the reduction, which has `blockCount`.
  ///   - places: The first vector of the tile's first pixel, and elements from there to each pixel.
  func prefetch(
    vectors: Int, block: Index, of blockCount: Int, in builder: inout KernelBuilder,
    at places: (ImageLayout) -> (first: Index, pixels: [Int])
  ) {
    let vectorsPerBlock = (vectors + blockCount - 1) / blockCount
    let blocks = (vectors + vectorsPerBlock - 1) / vectorsPerBlock
    func prefetch(_ buffer: BufferID, _ layout: ImageLayout, in builder: inout KernelBuilder) {
      let (first, pixels) = places(layout)
      for vector in 0..<vectorsPerBlock {
        let plane = (block * .constant(vectorsPerBlock) + .constant(vector)) * .constant(layout.blockStride)
        builder.prefetch(pixels, of: buffer, from: first + plane)
      }
    }
    builder.conditional(Condition(block, .less, .constant(blocks))) { builder in
      if let residual = epilogue.residual, let layout = convolution.epilogue.residual {
        prefetch(residual, layout, in: &builder)
      }
      prefetch(buffer, convolution.output, in: &builder)
    }
  }
}

extension KernelBuilder {
  /// Asks for the lines of some elements, counted from `first`: for as few elements as are in all their lines of 64
  /// bytes, wherever a line begins.
  mutating func prefetch(_ elements: [Int], of buffer: BufferID, from first: Index) {
    let lines: [Int] = Set(elements).sorted().reduce(into: []) { kept, element in
      // What lies between two that are no more than a line apart is in the line of one or the other.
      if kept.count > 1, element - kept[kept.count - 2] <= 16 { kept.removeLast() }
      kept.append(element)
    }
    for line in lines { prefetch(buffer, at: first + .constant(line)) }
  }
}
