import Kernels
import TestSupport
import Testing

@Suite struct WinogradTests {
  static let machines: [Machine] = [.avx512, .avx2, .sse2, .neon, .wideAVX512]
  static let transforms: [WinogradTransform] = [.two, .four, .fourOfFour, .fourOfTwo, .fiveOfTwo]

  /// The matrices, in fractions: no rounding, so nothing is left to a tolerance.
  @Test(arguments: transforms + transforms.map(\.narrower), 0..<8)
  func transformsAreExact(transform: WinogradTransform, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    func numbers(_ count: Int) -> [Rational] {
      (0..<count).map { _ in Rational(Int.random(in: -9...9, using: &generator)) }
    }
    func product(_ matrix: [[Rational]], _ vector: [Rational]) -> [Rational] {
      matrix.map { row in zip(row, vector).map { $0 * $1 }.reduce(0, +) }
    }
    let (inputs, taps) = (numbers(transform.positionCount), numbers(transform.taps))
    let products = zip(product(transform.filter, taps), product(transform.input, inputs)).map { $0 * $1 }
    let expected = (0..<transform.outputs).map { output in
      (0..<transform.taps).map { taps[$0] * inputs[output + $0] }.reduce(0, +)
    }
    #expect(product(transform.output, products) == expected)
  }

  /// So that narrow tiles need no filters of their own.
  @Test(arguments: transforms)
  func narrowerTransformsShareTheirFilters(transform: WinogradTransform) {
    #expect(transform.narrower.outputs == transform.outputs - 1)
    #expect(transform.narrower.filter == Array(transform.filter.dropFirst()))
  }

  @Test func fractionsAreInLowestTerms() {
    #expect(Rational(6, over: -8) == Rational(-3, over: 4))
    #expect(Rational(1, over: 6) + Rational(1, over: 3) == Rational(1, over: 2))
    #expect(Rational(5, over: 8) - Rational(5, over: 8) == 0)
    #expect(Rational(2, over: 3) / Rational(4, over: 9) == Rational(3, over: 2))
    #expect((-Rational(3, over: 4)).value == -0.75)
  }

  /// The interpreter against counting, for maps and paddings of any size: every element is written, halos and lanes
  /// past the last channel with zeros, no access leaves its buffer, and what a chunk finds in scratch memory does not
  /// matter.
  @Test(arguments: 0..<32)
  func agreesWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let machine = Self.machines[Int(seed) % 3]
    let problem = WinogradProblem(random: &generator, lanes: machine.vectorLanes)
    for schedule in [problem.schedule(machine), problem.schedule(machine, random: &generator)] {
      let (operands, expected) = problem.data(schedule, machine, random: &generator)
      let found = try problem.run(schedule, machine, operands: operands, resultCount: expected.count)
      // A wrong coefficient is off by a tenth and more. The points for four taps have larger coefficients.
      let convolution = problem.winograd.convolution
      let tolerance: Float = max(convolution.kernelRows, convolution.kernelColumns) == 4 ? 5e-5 : 2e-5
      expectSame(found, expected, tolerance: tolerance, "\(problem) with \(schedule)")
    }
  }

  /// Whatever the schedule, in one step or in two, and wherever a filter under training is transformed.
  @Test(arguments: 0..<12)
  func schedulesDoNotChangeABit(seed: UInt64) throws {
    var generator = SeededGenerator(seed: 1000 + seed)
    let machine = Self.machines[Int(seed) % 2]
    let problem = WinogradProblem(random: &generator, lanes: machine.vectorLanes)
    let results = try (0..<3).map { _ in
      var data = SeededGenerator(seed: seed)
      let schedule = problem.schedule(machine, random: &generator)
      let (operands, expected) = problem.data(schedule, machine, random: &data)
      return try problem.run(schedule, machine, operands: operands, resultCount: expected.count)
    }
    for result in results.dropFirst() { expectSame(result, results[0], "\(problem)") }
  }

  /// Whether register tiles meet all input channels, or some of them at a time since L1 is small.
  @Test(arguments: machines, [(64, 1), (75, 1), (64, 2)])
  func passesDoNotChangeABit(machine: Machine, shape: (channels: Int, stride: Int)) throws {
    let (channels, stride) = shape
    let layer = ConvolutionProblem(
      channels: (channels, 8), size: 7 * stride, kernel: 3, stride: stride, batch: 1, lanes: machine.vectorLanes
    ).convolution
    let transform = stride == 1 ? WinogradTransform.four : .fourOfTwo
    let problem = WinogradProblem(
      Winograd(layer, vertical: transform, horizontal: transform, hasNarrowTiles: true), batch: 1)
    var schedule = problem.schedule(machine)
    schedule.tile = RegisterTile(pixels: 3, vectors: 1)
    (schedule.fullChannelTiles, schedule.tailVectors) = (layer.output.blockCount, 0)
    schedule.blockTiles = 6
    let (large, small) = (machine.withLevel1(of: 1 << 20), machine.withLevel1(of: 64))
    #expect(problem.winograd.passCount(schedule, large) == 1)
    #expect(problem.winograd.passCount(schedule, small) == (channels * stride * stride + 31) / 32)
    var generator = SeededGenerator(seed: UInt64(channels))
    let (operands, expected) = problem.data(schedule, machine, random: &generator)
    let found = try [large, small].map {
      try problem.run(schedule, $0, operands: operands, resultCount: expected.count)
    }
    expectSame(found[0], expected, tolerance: 5e-5, "\(problem)")
    expectSame(found[1], found[0], "\(problem)")
  }

  /// Layers of networks: every element of the result is stored once.
  @Test(arguments: machines)
  func chunksCoverTheResultOnce(machine: Machine) {
    for (channels, size) in [(64, 28), (128, 14), (256, 7), (24, 25)] {
      for batch in [1, 3] {
        let layer = ConvolutionProblem(
          channels: (channels, channels), size: size, kernel: 3, batch: batch, lanes: machine.vectorLanes
        ).convolution
        for (transform, isNarrow) in [(WinogradTransform.two, false), (.four, false), (.four, true)] {
          let problem = WinogradProblem(
            Winograd(layer, vertical: transform, horizontal: transform, hasNarrowTiles: isNarrow), batch: batch)
          let schedule = problem.schedule(machine)
          let kernel = problem.winograd.resultKernel(named: "winograd", schedule: schedule, machine: machine)
          let counts = StoreCounter(
            of: kernel, resultCount: batch * layer.output.elementCount, chunkCount: problem.resultChunks(schedule),
            batch: batch
          ).counts
          #expect(counts.allSatisfy { $0 == 1 }, "\(problem) with \(schedule)")
        }
      }
    }
  }

  /// A filter under training is transformed to what packing makes of a constant one.
  @Test(arguments: 0..<12)
  func filtersAreTransformed(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let machine = Self.machines[Int(seed) % 3]
    let lanes = machine.vectorLanes
    var problem = WinogradProblem(random: &generator, lanes: lanes, stride: 1)
    let layout = problem.winograd.convolution.filterLayout(lanes: lanes)
    problem.winograd.convolution.filter = layout
    let schedule = problem.schedule(machine, random: &generator)
    let filter = Filter(like: layout, random: &generator)
    let found = try interpret(
      problem.winograd.filterKernel(named: "filter", schedule: schedule), on: [filter.stored(as: layout)],
      resultCount: problem.winograd.filterElementCount, chunkCount: problem.winograd.filterChunks, batch: 1)
    let packed = Winograd.FilterPacking(problem.winograd, schedule).packed(filter.elements)
    // Of a block with fewer channels than lanes, the rest is neither written nor read.
    let expected = zip(packed, found).map { $1.isNaN && layout.inputs < lanes ? $1 : $0 }
    expectSame(found, expected, tolerance: 1e-6, "\(problem) with \(schedule)")
  }

  // MARK: Choice

  /// The 3x3 convolutions of ResNet-18, on every machine with fast multiplication.
  @Test(arguments: [Machine.avx512, .avx2, .wideAVX512], [(64, 56), (128, 28), (256, 14), (512, 7)])
  func largeConvolutionsAreTransformed(machine: Machine, extents: (channels: Int, size: Int)) {
    let layer = ConvolutionProblem(
      channels: (extents.channels, extents.channels), size: extents.size, kernel: 3, batch: 1,
      lanes: machine.vectorLanes
    ).convolution
    func isWinograd(isExact: Bool) -> Bool {
      let algorithm = layer.algorithm(machine: machine, largestBatch: 1, isExact: isExact)
      if case .winograd = algorithm { return true } else { return false }
    }
    #expect(isWinograd(isExact: false))
    #expect(!isWinograd(isExact: true))
  }

  /// Of stride 2 as well, by phases; but not where transformed filters take longer to come from memory than all products.
  @Test(arguments: [Machine.avx512, .avx2, .wideAVX512])
  func stridedConvolutionsAreTransformed(machine: Machine) {
    func isWinograd(channels: (Int, Int), size: Int, batch: Int) -> Bool {
      let layer = ConvolutionProblem(
        channels: channels, size: size, kernel: 3, stride: 2, batch: batch, lanes: machine.vectorLanes
      ).convolution
      let algorithm = layer.algorithm(machine: machine, largestBatch: batch, isExact: false)
      if case .winograd = algorithm { return true } else { return false }
    }
    #expect(isWinograd(channels: (64, 128), size: 56, batch: 1))
    #expect(isWinograd(channels: (512, 512), size: 14, batch: 8))
    #expect(!isWinograd(channels: (512, 512), size: 14, batch: 1) || machine == .avx2)
  }

  @Test func othersAreNot() {
    func isWinograd(_ change: (inout Convolution) -> Void) -> Bool {
      var layer = ConvolutionProblem(channels: (64, 64), size: 56, kernel: 3, batch: 1, lanes: 16).convolution
      change(&layer)
      if case .winograd = layer.algorithm(machine: .avx512, largestBatch: 1, isExact: false) { return true }
      return false
    }
    #expect(isWinograd { _ in })
    #expect(!isWinograd { $0.rowStride = 2 })
    #expect(!isWinograd { $0.columnDilation = 2 })
    #expect(!isWinograd { $0.groups = 2 })
    #expect(!isWinograd { $0.kernelRows = 1 })
  }
}

extension Machine {
  fileprivate func withLevel1(of byteCount: Int) -> Machine {
    var machine = self
    machine.level1ByteCount = byteCount
    return machine
  }
}
