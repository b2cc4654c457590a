import Kernels
import LoopIR
import Testing

@Suite struct MicroKernelTests {
  static let tiles = [
    RegisterTile(pixels: 14, vectors: 2), RegisterTile(pixels: 6, vectors: 4), RegisterTile(pixels: 1, vectors: 8),
  ]

  /// Where the weights of four input channels are read, and where they are asked for, in the order of their addresses.
  private func weightAccesses(_ tile: RegisterTile, on machine: Machine, prefetchesWeights: Bool) -> (
    read: [Int], asked: [Int]
  ) {
    let micro = MicroKernel(
      tile: tile, on: machine, pixelOffsets: (0..<tile.pixels).map { $0 * machine.vectorLanes }, channelStride: 1,
      prefetchesWeights: prefetchesWeights)
    var builder = KernelBuilder()
    let input = builder.buffer("input", .f32, .read)
    let weights = builder.buffer("weights", .f32, .read)
    let sums = micro.makeAccumulators(
      in: &builder, initial: Array(repeating: .constant(0, .f32(machine.vectorLanes)), count: tile.vectors))
    micro.accumulate(into: sums, input: input, at: 0, weights: weights, at: 0, channelCount: 4, in: &builder)
    var (read, asked): ([Int], [Int]) = ([], [])
    for statement in builder.kernel(named: "micro").body {
      switch statement {
      case .bind(_, .load(weights, let index, _, _, _)): read.append(index.constantValue ?? -1)
      case .prefetch(weights, let index): asked.append(index.constantValue ?? -1)
      default: break
      }
    }
    return (read.sorted(), asked.sorted())
  }

  /// Each vector of weights is read once; on a machine that wants it, each is asked for as many bytes ahead.
  @Test(arguments: tiles)
  func streamedWeightsAreAskedForAhead(tile: RegisterTile) {
    let machine = Machine.wideAVX512
    let vectors = (0..<4 * tile.vectors).map { $0 * machine.vectorLanes }
    let streamed = weightAccesses(tile, on: machine, prefetchesWeights: true)
    #expect(machine.weightPrefetchByteCount > 0)
    #expect(streamed.read == vectors)
    #expect(streamed.asked == vectors.map { $0 + machine.weightPrefetchByteCount / 4 })
    #expect(weightAccesses(tile, on: machine, prefetchesWeights: false) == (vectors, []))
    #expect(weightAccesses(tile, on: .avx512, prefetchesWeights: true) == (vectors, []))
  }

  /// In the midst of a channel's multiply-adds: between two channels LLVM was seen to spill for it (docs/performance.md).
  @Test func weightsAreAskedForWithinAChannel() {
    let tile = RegisterTile(pixels: 14, vectors: 2)
    let micro = MicroKernel(
      tile: tile, on: .wideAVX512, pixelOffsets: (0..<tile.pixels).map { 16 * $0 }, channelStride: 1,
      prefetchesWeights: true)
    var builder = KernelBuilder()
    let input = builder.buffer("input", .f32, .read)
    let weights = builder.buffer("weights", .f32, .read)
    let sums = micro.makeAccumulators(in: &builder, initial: Array(repeating: .constant(0, .f32(16)), count: 2))
    let before = builder.kernel(named: "sums").body.count
    micro.accumulate(into: sums, input: input, at: 0, weights: weights, at: 0, channelCount: 1, in: &builder)
    var multiplyAddsBefore: [Int] = []
    var multiplyAdds = 0
    for statement in builder.kernel(named: "micro").body.dropFirst(before) {
      switch statement {
      case .assign: multiplyAdds += 1
      case .prefetch: multiplyAddsBefore.append(multiplyAdds)
      default: break
      }
    }
    #expect(multiplyAdds == 28)
    #expect(multiplyAddsBefore.count == 2)
    #expect(multiplyAddsBefore.allSatisfy { (8...20).contains($0) }, "\(multiplyAddsBefore)")
  }

  /// Where two multiply-adds begin in a cycle, a tile whose inputs are read again for each of four vectors waits for loads.
  @Test func loadsLimitWideMultiplyAdds() {
    let (two, four) = (RegisterTile(pixels: 14, vectors: 2), RegisterTile(pixels: 7, vectors: 4))
    func cycles(_ tile: RegisterTile, _ machine: Machine) -> Double {
      tile.cyclesPerChannel(on: machine, singleVectorFactor: 1)
    }
    #expect(cycles(two, .wideAVX512) == 14)
    #expect(cycles(four, .wideAVX512) == 16)
    #expect(cycles(two, .avx512) == 28)
    #expect(cycles(four, .avx512) == 28)
    #expect(cycles(RegisterTile(pixels: 3, vectors: 1), .wideAVX512) == 4, "the latency of a multiply-add")
  }

  /// Packed weights are asked for, whatever the algorithm; those that are read as they are trained, their vectors far from
  /// each other, are not.
  @Test(arguments: [Machine.wideAVX512, .avx512])
  func kernelsPrefetchPackedWeights(machine: Machine) {
    let isWide = machine == .wideAVX512
    func prefetches(_ kernel: Kernel, _ buffer: String) -> Bool {
      kernel.description.contains("prefetch \(buffer)[")
    }
    func layer(kernel: Int) -> Convolution {
      ConvolutionProblem(channels: (64, 64), size: 14, kernel: kernel, batch: 1, lanes: machine.vectorLanes).convolution
    }
    func direct(_ problem: Convolution) -> Kernel {
      let schedule = problem.schedule(machine: machine, largestBatch: 1)
      return problem.kernel(named: "direct", schedule: schedule, machine: machine)
    }
    var trained = layer(kernel: 3)
    trained.filter = trained.filterLayout(lanes: machine.vectorLanes)
    #expect(prefetches(direct(layer(kernel: 3)), "weights") == isWide)
    #expect(!prefetches(direct(trained), "weights"))

    let winograd = Winograd(layer(kernel: 3), vertical: .four, horizontal: .four)
    let products = winograd.schedule(machine: machine, largestBatch: 1)
    #expect(
      prefetches(winograd.resultKernel(named: "winograd", schedule: products, machine: machine), "filters") == isWide)

    let strassen = Strassen(layer(kernel: 1))
    let pairs = strassen.schedule(machine: machine, largestBatch: 1)
    #expect(prefetches(strassen.kernel(named: "strassen", schedule: pairs, machine: machine), "filters") == isWide)

    let vector = ImageLayout(channels: 64, rows: 1, columns: 1, channelBlock: 1)
    let linear = LinearKernel(input: vector, output: vector, epilogue: Epilogue(hasBias: true))
    let tiles = linear.schedule(machine: machine, largestBatch: 1)
    #expect(prefetches(linear.kernel(named: "linear", schedule: tiles, machine: machine), "weights") == isWide)
  }

  /// So a layer of 7x7 maps has tiles of two vectors there, of two rows.
  @Test func schedulesFollowLoads() {
    func tile(_ machine: Machine) -> RegisterTile {
      let layer = ConvolutionProblem(
        channels: (512, 2048), size: 7, kernel: 1, batch: 1, lanes: machine.vectorLanes)
      let schedule = layer.schedule(machine)
      return RegisterTile(
        pixels: schedule.rowsPerTile * schedule.tiling.tile.pixels, vectors: schedule.tiling.tile.vectors)
    }
    #expect(tile(.wideAVX512) == RegisterTile(pixels: 14, vectors: 2))
    #expect(tile(.avx512) == RegisterTile(pixels: 7, vectors: 4))
  }
}
