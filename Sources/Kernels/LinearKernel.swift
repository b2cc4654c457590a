import LoopIR

/// A linear layer over a batch: output[n, o] = sum over i of input[n, i] * weight[o, i], as the micro-kernel sees it:
/// images are its pixels. Inputs and outputs are vectors: plain, one row, one column.
package struct LinearKernel: Hashable, Sendable {
  package var input: ImageLayout
  package var output: ImageLayout
  package var epilogue: Epilogue
  /// How the weights lie in memory where they are trained, or, for the input's gradient, their transposed form; nil: as
  /// `WeightPacking` has them. Its blocks of inputs follow one another, so that it does not matter how they are cut.
  package var filter: FilterLayout?

  package init(input: ImageLayout, output: ImageLayout, epilogue: Epilogue, filter: FilterLayout? = nil) {
    self.input = input
    self.output = output
    self.epilogue = epilogue
    self.filter = filter
  }

  package struct Schedule: Hashable, Sendable {
    package var tile: RegisterTile
    /// A chunk walks this many images with its weights.
    package var imagesPerChunk: Int
    package var channelTileCount: Int
  }

  /// Weights dominate: at batch 1 a tile is one image by as many vectors as hide the latency of multiply-adds
  /// (8 of them, or what registers hold); from 2 on, as many images as registers hold share each weight that is read.
  package func schedule(machine: Machine, largestBatch: Int) -> Schedule {
    let outputVectors = (output.channels + machine.vectorLanes - 1) / machine.vectorLanes
    let hasManyRegisters = machine.vectorRegisterCount == 32
    let wanted = largestBatch == 1 ? (hasManyRegisters ? 8 : 6) : (hasManyRegisters ? 4 : 2)
    // A trained filter ends with its last vector.
    let vectors =
      (1...min(wanted, outputVectors)).last { filter == nil ? true : outputVectors % $0 == 0 } ?? 1
    let pixels = min(largestBatch, RegisterTile.mostPixels(vectors: vectors, machine: machine))
    return Schedule(
      tile: RegisterTile(pixels: pixels, vectors: vectors), imagesPerChunk: max(1, min(largestBatch, 4 * pixels)),
      channelTileCount: (outputVectors + vectors - 1) / vectors)
  }

  /// One chunk is a tile of output channels for some images.
  /// Operands: input, weights, bias, residual, slope (those that the epilogue has), output.
  package func kernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    var builder = KernelBuilder()
    let emitter = LinearEmitter(self, schedule, machine, in: &builder)
    emitter.emit(in: &builder)
    return builder.kernel(named: name)
  }
}

private struct LinearEmitter {
  /// Input channels that the reduction's loop unrolls.
  static let unrolledChannels = 16

  let problem: LinearKernel
  let schedule: LinearKernel.Schedule
  let machine: Machine
  let lanes: Int
  let input: BufferID
  let weights: BufferID
  let epilogue: EpilogueBuffers
  let output: BufferID

  init(_ problem: LinearKernel, _ schedule: LinearKernel.Schedule, _ machine: Machine, in builder: inout KernelBuilder)
  {
    self.problem = problem
    self.schedule = schedule
    self.machine = machine
    lanes = machine.vectorLanes
    input = builder.buffer("input", .f32, .read, alignment: problem.input.byteAlignment)
    weights = builder.buffer("weights", .f32, .read)
    epilogue = EpilogueBuffers(problem.epilogue, in: &builder)
    output = builder.buffer(
      "output", .f32, .write, alignment: problem.output.byteAlignment,
      aliasSet: problem.epilogue.residual == nil ? nil : 0)
  }

  func emit(in builder: inout KernelBuilder) {
    let group = Index.chunk / schedule.channelTileCount
    let channelTile = Index.chunk % schedule.channelTileCount
    let images = Index.constant(schedule.imagesPerChunk)
    let first = group * images
    let last = Index.min(first + images, .batch)
    let pixels = schedule.tile.pixels
    guard pixels > 1 else {
      builder.loop("image", from: first, to: last) { emitTile(schedule.tile, image: $1, channelTile, in: &$0) }
      return
    }
    let wholeTiles = (last - first) / pixels
    builder.loop("imageTile", to: wholeTiles) { builder, tile in
      emitTile(schedule.tile, image: first + tile * .constant(pixels), channelTile, in: &builder)
    }
    let single = RegisterTile(pixels: 1, vectors: schedule.tile.vectors)
    builder.loop("image", from: first + wholeTiles * .constant(pixels), to: last) { builder, image in
      emitTile(single, image: image, channelTile, in: &builder)
    }
  }

  private func emitTile(_ tile: RegisterTile, image: Index, _ channelTile: Index, in builder: inout KernelBuilder) {
    let width = tile.vectors * lanes
    let channel = channelTile * .constant(width)
    let micro = MicroKernel(
      tile: tile, on: machine, pixelOffsets: (0..<tile.pixels).map { $0 * problem.input.elementCount },
      channelStride: 1, weightStrides: problem.filter.map { (lanes, $0.outputBlockStride) },
      prefetchesWeights: problem.filter == nil)
    let initial = (0..<tile.vectors).map { vector in
      epilogue.bias.map { builder.bind(builder.load($0, at: channel + .constant(vector * lanes), lanes: lanes)) }
        ?? .constant(0, .f32(lanes))
    }
    let accumulators = micro.makeAccumulators(in: &builder, initial: initial)
    let features = problem.input.channels
    let inputOrigin = image * .constant(problem.input.elementCount)
    let weightOrigin =
      problem.filter.map { channelTile * .constant(tile.vectors * $0.outputBlockStride) }
      ?? channel * .constant(features)
    let unrolled = Self.unrolledChannels
    builder.loop("block", to: .constant(features / unrolled)) { builder, block in
      micro.accumulate(
        into: accumulators, input: input, at: inputOrigin + block * .constant(unrolled), weights: weights,
        at: weightOrigin + block * .constant(unrolled * micro.weightChannelStride), channelCount: unrolled, in: &builder
      )
    }
    let done = features / unrolled * unrolled
    micro.accumulate(
      into: accumulators, input: input, at: inputOrigin + .constant(done), weights: weights,
      at: weightOrigin + .constant(done * micro.weightChannelStride), channelCount: features - done, in: &builder)
    emitEpilogue(tile, accumulators, image: image, channel: channel, in: &builder)
  }

  private func emitEpilogue(
    _ tile: RegisterTile, _ accumulators: [[Register]], image: Index, channel: Index, in builder: inout KernelBuilder
  ) {
    for vector in 0..<tile.vectors {
      let first = channel + .constant(vector * lanes)
      let isWhole = problem.output.channels % (schedule.tile.vectors * lanes) == 0
      let mask = isWhole ? nil : builder.bind(.firstLanes(.constant(problem.output.channels) - first, lanes: lanes))
      let slope = epilogue.slope.map { builder.bind(builder.load($0, at: first, lanes: lanes)) }
      for pixel in 0..<tile.pixels {
        let position = image + .constant(pixel)
        var value = Expression.register(accumulators[pixel][vector])
        if let buffer = epilogue.residual, let layout = problem.epilogue.residual {
          value =
            value
            + builder.load(buffer, at: position * .constant(layout.elementCount) + first, lanes: lanes, mask: mask)
        }
        value = problem.epilogue.activate(value, slope: slope, in: &builder)
        builder.store(
          value, to: output, at: position * .constant(problem.output.elementCount) + first, mask: mask)
      }
    }
  }
}

extension LinearKernel {
  /// From [O, I] to [channel tile][I][vectors * lanes], zeros past the last output.
  package struct WeightPacking: ConstantPacking {
    package var inputs: Int
    package var outputs: Int
    /// Outputs of one channel tile.
    package var width: Int

    package init(_ linear: LinearKernel, _ schedule: Schedule, lanes: Int) {
      inputs = linear.input.channels
      outputs = linear.output.channels
      width = schedule.tile.vectors * lanes
    }

    package var elementCount: Int { (outputs + width - 1) / width * width * inputs }

    package func pack(_ weight: UnsafeBufferPointer<Float>, into packed: UnsafeMutableBufferPointer<Float>) {
      packed.initialize(repeating: 0)
      for output in 0..<outputs {
        let start = output / width * width * inputs + output % width
        for input in 0..<inputs { packed[start + input * width] = weight[output * inputs + input] }
      }
    }
  }
}
