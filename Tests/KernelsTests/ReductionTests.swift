import Kernels
import LoopIR
import TestSupport
import Testing

/// What is added up over a batch, interpreted, against counting in f64.
@Suite struct ReductionTests {
  static let machines: [Machine] = [.avx512, .avx2, .sse2]

  /// A tensor over a batch, now and then a vector.
  struct Problem: CustomStringConvertible {
    let lanes: Int
    let layout: ImageLayout
    let batch: Int
    let largestBatch: Int

    var description: String { "\(layout), batch \(batch) of \(largestBatch)" }

    init(random generator: inout SeededGenerator, lanes: Int) {
      func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
      let isVector = random(0...4) == 0
      self.lanes = lanes
      layout = ImageLayout(
        channels: random(1...2 * lanes + 3), rows: isVector ? 1 : random(1...9), columns: isVector ? 1 : random(1...9),
        channelBlock: isVector ? 1 : lanes, columnHalo: isVector ? 0 : random(0...1))
      batch = random(2...5)
      largestBatch = [batch, 40][random(0...1)]
    }

    var elementCount: Double { Double(batch * layout.rows * layout.columns) }

    /// Sums by channel of what `term` gives for image, channel, row and column.
    func sums(_ term: (Int, Int, Int, Int) -> Double) -> [Double] {
      (0..<layout.channels).map { channel in
        var sum = 0.0
        for image in 0..<batch {
          for row in 0..<layout.rows {
            for column in 0..<layout.columns { sum += term(image, channel, row, column) }
          }
        }
        return sum
      }
    }

    func perChannel(_ numbers: [Double]) -> [Float] {
      ChannelPacking(channels: layout.channels, lanes: lanes).packed(numbers.map { Float($0) })
    }
  }

  /// Means far from zero, as they are before a network's first batch norm.
  @Test(arguments: 0..<24)
  func statisticsAgreeWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let problem = Problem(random: &generator, lanes: Self.machines[Int(seed) % 3].vectorLanes)
    let images = Images(problem.batch, like: problem.layout) { _, channel, _, _ in
      Float(generator.uniform() + Double(channel % 5) * 10)
    }
    let mean = problem.sums { Double(images[$0, $1, $2, $3]) }.map { $0 / problem.elementCount }
    let squares = problem.sums { image, channel, row, column in
      let deviation = Double(images[image, channel, row, column]) - mean[channel]
      return deviation * deviation
    }
    let statistics = BatchStatistics(input: problem.layout, lanes: problem.lanes, largestBatch: problem.largestBatch)
    let groups = statistics.chunks.groupCount(batch: problem.batch)
    let partials = try interpret(
      statistics.partialKernel(named: "partials"), on: [images.stored(as: problem.layout)],
      resultCount: groups * statistics.moments.elementCount, chunkCount: groups * statistics.chunks.chunksPerGroup,
      batch: problem.batch, isCompiledToo: seed < 3)
    let empty = [Float](repeating: .nan, count: statistics.chunks.vectorCount * problem.lanes)
    var memory = [partials, empty, empty, empty]
    try interpret(
      statistics.moments.combinationKernel(named: "statistics"), on: &memory,
      chunkCount: statistics.moments.combinationChunkCount, batch: problem.batch, isCompiledToo: seed < 3)
    expectSame(memory[1], problem.perChannel(mean), tolerance: 1e-6, "mean of \(problem)")
    for (found, divisor) in zip(memory[2...], [problem.elementCount, max(problem.elementCount - 1, 1)]) {
      expectSame(found, problem.perChannel(squares.map { $0 / divisor }), tolerance: 3e-5, "variance of \(problem)")
    }
  }

  /// The gradient of a batch norm behind a ReLU mask, whose product is stored on the way.
  @Test(arguments: 0..<24)
  func batchNormGradientsAgreeWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let problem = Problem(random: &generator, lanes: Self.machines[Int(seed) % 3].vectorLanes)
    let (layout, lanes) = (problem.layout, problem.lanes)
    let images = (0..<3).map { _ in Images(problem.batch, like: layout, random: &generator) }
    let (incoming, y, x) = (images[0], images[1], images[2])
    let gradient = Images(problem.batch, like: layout) { y[$0, $1, $2, $3] > 0 ? incoming[$0, $1, $2, $3] : 0 }
    func numbers() -> [Double] { (0..<layout.channels).map { _ in Double(Float(generator.uniform())) } }
    let (weight, mean, variance) = (numbers(), numbers(), numbers().map { Double(Float($0 * $0 + 0.1)) })
    let epsilon = 1e-3

    let sums = ChannelSums(
      operands: [.tensor(layout), .tensor(layout), .tensor(layout), .perChannel], layout: layout, storesValue: true,
      sumCount: 2, lanes: lanes, largestBatch: problem.largestBatch)
    let kernel = Self.maskedSums(sums)
    let groups = sums.chunks.groupCount(batch: problem.batch)
    func empty(_ count: Int) -> [Float] { [Float](repeating: .nan, count: count) }
    var memory =
      images.map { $0.stored(as: layout) } + [problem.perChannel(mean)]
      + [empty(problem.batch * layout.elementCount), empty(groups * sums.partialElementCount)]
    try interpret(
      kernel, on: &memory, chunkCount: groups * sums.chunks.chunksPerGroup, batch: problem.batch,
      isCompiledToo: seed < 3)
    expectSame(memory[4], gradient.stored(as: layout), "the stored gradient, \(problem)")

    let norm = BatchNormGradient(input: layout, lanes: lanes, epsilon: epsilon, chunks: sums.chunks)
    var combined =
      [memory[5], problem.perChannel(weight), problem.perChannel(variance)]
      + (0..<5).map { _ in empty(sums.chunks.vectorCount * lanes) }
    try interpret(
      norm.combinationKernel(named: "combine"), on: &combined, chunkCount: norm.combinationChunkCount,
      batch: problem.batch, isCompiledToo: seed < 3)
    let inverse = variance.map { 1 / ($0 + epsilon).squareRoot() }
    let dbias = problem.sums { Double(gradient[$0, $1, $2, $3]) }
    let dweight = problem.sums { image, channel, row, column in
      Double(gradient[image, channel, row, column]) * (Double(x[image, channel, row, column]) - mean[channel])
        * inverse[channel]
    }
    expectSame(combined[3], problem.perChannel(dweight), tolerance: 1e-5, "dweight of \(problem)")
    expectSame(combined[4], problem.perChannel(dbias), tolerance: 1e-5, "dbias of \(problem)")

    let sweep = ElementwiseKernel(
      operands: [.tensor(layout), .tensor(layout), .perChannel, .perChannel, .perChannel, .perChannel], output: layout,
      lanes: lanes)
    let expected = Images(problem.batch, like: layout) { image, channel, row, column in
      let normalised = (Double(x[image, channel, row, column]) - mean[channel]) * inverse[channel]
      let rest = (dbias[channel] + normalised * dweight[channel]) / problem.elementCount
      return Float(weight[channel] * inverse[channel] * (Double(gradient[image, channel, row, column]) - rest))
    }
    let found = try interpret(
      Self.gradientSweep(sweep), on: [memory[4], memory[2], memory[3]] + combined[5...],
      resultCount: problem.batch * layout.elementCount, chunkCount: problem.batch * sweep.chunksPerImage,
      batch: problem.batch, isCompiledToo: seed < 3)
    expectSame(found, expected.stored(as: layout), tolerance: 1e-5, "dx of \(problem)")
  }

  /// The sums of a batch norm's gradient behind a ReLU, from what comes in, the ReLU's result, x and the means.
  private static func maskedSums(_ sums: ChannelSums) -> Kernel {
    sums.kernel(named: "sums") { operands, builder in
      let zero = Expression.constant(0, operands[0].type)
      let masked = builder.bind(.select(.compare(.greater, operands[1], zero), operands[0], zero))
      return .init(
        value: masked, summands: BatchNormGradient.summands(gradient: masked, x: operands[2], mean: operands[3]))
    }
  }

  private static func gradientSweep(_ sweep: ElementwiseKernel) -> Kernel {
    sweep.kernel(named: "sweep") { operands, _ in
      BatchNormGradient.lane(
        gradient: operands[0], x: operands[1], mean: operands[2], scale: operands[3], slope: operands[4],
        offset: operands[5])
    }
  }

  @Test(arguments: 0..<12)
  func channelSumsAgreeWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let problem = Problem(random: &generator, lanes: Self.machines[Int(seed) % 3].vectorLanes)
    let images = Images(problem.batch, like: problem.layout, random: &generator)
    let sums = ChannelSums(
      operands: [.tensor(problem.layout)], layout: problem.layout, sumCount: 1, lanes: problem.lanes,
      largestBatch: problem.largestBatch)
    let groups = sums.chunks.groupCount(batch: problem.batch)
    let partials = try interpret(
      sums.kernel(named: "sums") { operands, _ in .init(summands: operands) },
      on: [images.stored(as: problem.layout)], resultCount: groups * sums.partialElementCount,
      chunkCount: groups * sums.chunks.chunksPerGroup, batch: problem.batch, isCompiledToo: seed < 3)
    let total = PartialSum(
      elementCount: sums.partialElementCount, imagesPerPartial: sums.chunks.imagesPerChunk, lanes: problem.lanes)
    let found = try interpret(
      total.kernel(named: "total"), on: [partials], resultCount: sums.partialElementCount,
      chunkCount: total.chunkCount, batch: problem.batch, isCompiledToo: seed < 3)
    let expected = problem.perChannel(problem.sums { Double(images[$0, $1, $2, $3]) })
    expectSame(found, expected, tolerance: 1e-6, "\(problem)")
  }
}
