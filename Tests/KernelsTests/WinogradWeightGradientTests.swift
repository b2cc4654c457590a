import Kernels
import TestSupport
import Testing

/// The gradients of 3x3 filters by Winograd's algorithm, interpreted, against counting.
@Suite struct WinogradWeightGradientTests {
  static let machines: [Machine] = [.avx512, .avx2, .sse2]

  /// For maps and paddings of any size, with a stride along either axis or both, and schedules of both kinds: no access
  /// leaves its buffer, and what a chunk finds in scratch memory does not matter.
  @Test(arguments: 0..<72)
  func agreesWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let machine = Self.machines[Int(seed) % 3]
    let problem = BackwardProblem(kernel3x3: &generator, lanes: machine.vectorLanes)
    let backward = BackwardWeights(
      input: problem.input, gradient: problem.gradient, rows: problem.rows, columns: problem.columns,
      filter: problem.filter)
    func transform(_ axis: Convolution.Axis) -> WinogradTransform {
      let candidates: [WinogradTransform] = axis.stride == 1 ? [.two, .four] : [.fourOfTwo, .fiveOfTwo]
      return candidates.randomElement(using: &generator) ?? .two
    }
    let winograd = WinogradWeightGradient(
      backward, vertical: transform(problem.rows), horizontal: transform(problem.columns),
      hasNarrowTiles: problem.rows.stride * problem.columns.stride == 1 && Bool.random(using: &generator))
    let inputs = Images(problem.batch, like: problem.input, random: &generator)
    let gradients = Images(problem.batch, like: problem.gradient, random: &generator)
    let expected = problem.filterGradient(gradients, inputs).stored(as: problem.filter)
    // Memory is laid out for the largest batch of a range.
    let largestBatch = problem.batch + Int.random(in: 0...2, using: &generator)
    let chosen = winograd.schedule(machine: machine, largestBatch: largestBatch)
    for schedule in [chosen] + schedules(winograd, tile: chosen.tile, &generator) {
      let run = WinogradRun(
        winograd: winograd, schedule: schedule, machine: machine, batch: problem.batch, largestBatch: largestBatch)
      let found = try run.interpret(
        input: inputs.stored(as: problem.input), gradient: gradients.stored(as: problem.gradient),
        resultCount: expected.count, isCompiledToo: seed < 3)
      // A wrong coefficient is off by a tenth and more.
      expectSame(found, expected, tolerance: 2e-5, "\(problem) with \(schedule)")
    }
  }

  /// Layers of ResNets, by channels, extent and batch, on machines with fast multiplication.
  @Test(
    arguments: [Machine.avx512, .avx2],
    [[16, 32, 128], [32, 16, 128], [64, 8, 128], [64, 56, 16], [128, 28, 16], [256, 14, 16], [512, 7, 16]])
  func layersOfNetworksAreTransformed(machine: Machine, extents: [Int]) {
    let problem = layer(channels: extents[0], size: extents[1], lanes: machine.vectorLanes)
    #expect(isWinograd(problem, machine, largestBatch: extents[2]))
    #expect(!isWinograd(problem, machine, largestBatch: extents[2], isExact: true))
  }

  /// Those that halve a map, by channels of the input and of the gradient, extent and batch.
  @Test(
    arguments: [Machine.avx512, .avx2],
    [[16, 32, 32, 128], [32, 64, 16, 128], [64, 128, 56, 16], [128, 256, 28, 16], [256, 256, 28, 16]])
  func layersWithStridesAreTransformed(machine: Machine, extents: [Int]) {
    var problem = layer(channels: extents[0], size: extents[2], lanes: machine.vectorLanes)
    problem.rows.stride = 2
    problem.columns.stride = 2
    problem.gradient.channels = extents[1]
    problem.gradient.rows = extents[2] / 2
    problem.gradient.columns = extents[2] / 2
    problem.filter.outputs = extents[1]
    #expect(isWinograd(problem, machine, largestBatch: extents[3]))
  }

  @Test func othersAreNot() {
    func isWinograd(_ change: (inout BackwardWeights) -> Void) -> Bool {
      var problem = layer(channels: 64, size: 56, lanes: 16)
      change(&problem)
      return self.isWinograd(problem, .avx512, largestBatch: 16)
    }
    #expect(isWinograd { _ in })
    #expect(!isWinograd { $0.rows.stride = 3 })
    #expect(!isWinograd { $0.columns.dilation = 2 })
    #expect(!isWinograd { $0.rows.kernel = 1 })
    #expect(!isWinograd { $0.groups = 2 })
    #expect(!isWinograd { ($0.input.channelBlock, $0.input.channels) = (1, 3) })
  }

  private func isWinograd(
    _ problem: BackwardWeights, _ machine: Machine, largestBatch: Int, isExact: Bool = false
  ) -> Bool {
    let algorithm = problem.algorithm(machine: machine, largestBatch: largestBatch, isExact: isExact)
    if case .winograd = algorithm { return true } else { return false }
  }

  private func layer(channels: Int, size: Int, lanes: Int) -> BackwardWeights {
    let image = ImageLayout(channels: channels, rows: size, columns: size, channelBlock: lanes, columnHalo: 1)
    let axis = Convolution.Axis(kernel: 3, stride: 1, paddingBefore: 1)
    let filter = FilterLayout(
      outputs: channels, inputs: channels, kernelRows: 3, kernelColumns: 3, inputBlock: lanes, lanes: lanes)
    return BackwardWeights(input: image, gradient: image, rows: axis, columns: axis, filter: filter)
  }

  /// One of each kind.
  private func schedules(
    _ winograd: WinogradWeightGradient, tile: BackwardWeights.Tile, _ generator: inout SeededGenerator
  ) -> [WinogradWeightGradient.Schedule] {
    func random(_ most: Int) -> Int { Int.random(in: 1...most, using: &generator) }
    let problem = winograd.problem
    return [
      .init(tile: tile, division: .images(perChunk: random(3), blockTiles: winograd.wholeImages(ofTiles: random(20)))),
      .init(
        tile: tile,
        division: .filters(
          outputTiles: random(problem.gradient.blockCount / tile.vectors),
          inputBlocks: random(problem.filter.inputBlocks), tilesPerSum: winograd.wholeImages(ofTiles: random(20)))
      ),
    ]
  }
}

/// The two steps of a gradient.
private struct WinogradRun {
  let winograd: WinogradWeightGradient
  let schedule: WinogradWeightGradient.Schedule
  let machine: Machine
  let batch: Int
  let largestBatch: Int

  /// The filter's gradient, from operands that chunks share, and from scratch memory and temporaries that hold NaN.
  func interpret(input: [Float], gradient: [Float], resultCount: Int, isCompiledToo: Bool) throws -> [Float] {
    func nan(_ count: Int) -> [Float] { [Float](repeating: .nan, count: count) }
    var temporaries = winograd.temporaryElementCounts(schedule, largestBatch: largestBatch).map(nan)
    var result = nan(resultCount)
    for step in winograd.steps(schedule, machine: machine, largestBatch: largestBatch) {
      var memory = step.operands.map { operand in
        switch operand {
        case .input: input
        case .gradient: gradient
        case .temporary(let number): temporaries[number]
        case .scratch: nan(winograd.scratchElementCount(schedule))
        case .result: result
        }
      }
      let groups = step.imagesPerGroup.map { (batch + $0 - 1) / $0 } ?? 1
      try KernelsTests.interpret(
        step.kernel("gradient"), on: &memory, chunkCount: groups * step.chunksPerGroup, batch: batch,
        isCompiledToo: isCompiledToo)
      for (operand, elements) in zip(step.operands, memory) {
        if case .temporary(let number) = operand { temporaries[number] = elements }
        if operand == .result { result = elements }
      }
    }
    return result
  }
}
