import Kernels
import LoopIR
import Testing

@Suite struct MicroKernelTests {
  static let tiles = [
    RegisterTile(pixels: 14, vectors: 2), RegisterTile(pixels: 6, vectors: 4), RegisterTile(pixels: 1, vectors: 8),
  ]

  /// Where the weights of four input channels are read, and where they are asked for, in the order of their addresses.
  private func weightAccesses(_ tile: RegisterTile, on machine: Machine, streamsWeights: Bool) -> (
    read: [Int], asked: [Int]
  ) {
    let micro = MicroKernel(
      tile: tile, on: machine, pixelOffsets: (0..<tile.pixels).map { $0 * machine.vectorLanes }, channelStride: 1,
      streamsWeights: streamsWeights)
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
    let streamed = weightAccesses(tile, on: machine, streamsWeights: true)
    #expect(machine.weightPrefetchByteCount > 0)
    #expect(streamed.read == vectors)
    #expect(streamed.asked == vectors.map { $0 + machine.weightPrefetchByteCount / 4 })
    #expect(weightAccesses(tile, on: machine, streamsWeights: false) == (vectors, []))
    #expect(weightAccesses(tile, on: .avx512, streamsWeights: true) == (vectors, []))
  }

  /// Where two multiply-adds begin in a cycle, a tile whose inputs are read again for each of four vectors waits for loads.
  @Test func loadsLimitWideMultiplyAdds() {
    let (two, four) = (RegisterTile(pixels: 14, vectors: 2), RegisterTile(pixels: 7, vectors: 4))
    func cycles(_ tile: RegisterTile, _ machine: Machine) -> Double {
      tile.cyclesPerChannel(on: machine, singleVectorFactor: 1)
    }
    #expect(cycles(two, .wideAVX512) == 14 && cycles(four, .wideAVX512) == 16)
    #expect(cycles(two, .avx512) == 28 && cycles(four, .avx512) == 28)
    #expect(cycles(RegisterTile(pixels: 3, vectors: 1), .wideAVX512) == 4, "the latency of a multiply-add")
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
