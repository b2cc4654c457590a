import Kernels
import TestSupport
import Testing

@Suite struct StrassenTests {
  static let machines: [Machine] = [.avx512, .avx2, .sse2, .neon, .wideAVX512]

  /// The interpreter against counting, for rows of one pair and more, at strides: every element is written, halos with
  /// zeros, no access leaves its buffer, and what a chunk finds in scratch memory does not matter.
  @Test(arguments: 0..<24)
  func agreesWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let machine = Self.machines[Int(seed) % 3]
    let problem = StrassenProblem(random: &generator, lanes: machine.vectorLanes)
    for schedule in [problem.schedule(machine), problem.schedule(machine, random: &generator)] {
      let (operands, expected) = problem.data(schedule, machine, random: &generator)
      let found = try problem.run(
        schedule, machine, operands: operands, resultCount: expected.count, isCompiledToo: seed < 3)
      // A wrong product is off by a tenth and more.
      expectSame(found, expected, tolerance: 1e-5, "\(problem) with \(schedule)")
    }
  }

  @Test(arguments: 0..<8)
  func schedulesDoNotChangeABit(seed: UInt64) throws {
    var generator = SeededGenerator(seed: 1000 + seed)
    let machine = Self.machines[Int(seed) % 2]
    let problem = StrassenProblem(random: &generator, lanes: machine.vectorLanes)
    let results = try (0..<3).map { _ in
      var data = SeededGenerator(seed: seed)
      let schedule = problem.schedule(machine, random: &generator)
      let (operands, expected) = problem.data(schedule, machine, random: &data)
      return try problem.run(schedule, machine, operands: operands, resultCount: expected.count)
    }
    for result in results.dropFirst() { expectSame(result, results[0], "\(problem)") }
  }

  /// Layers of networks: every element of the result is stored once, and its line is asked for ahead.
  @Test(arguments: machines)
  func chunksCoverTheResultOnce(machine: Machine) {
    for (channels, size, stride) in [((64, 256), 56, 1), ((1024, 256), 14, 1), ((256, 512), 56, 2)] {
      let layer = ConvolutionProblem(
        channels: channels, size: size, kernel: 1, stride: stride, batch: 2, lanes: machine.vectorLanes)
      let problem = StrassenProblem(Strassen(layer.convolution), batch: layer.batch)
      let schedule = problem.schedule(machine)
      let counter = StoreCounter(
        of: problem.strassen.kernel(named: "strassen", schedule: schedule, machine: machine),
        resultCount: problem.batch * layer.convolution.output.elementCount, chunkCount: problem.chunkCount,
        batch: problem.batch)
      #expect(counter.counts.allSatisfy { $0 == 1 }, "\(problem) with \(schedule)")
      #expect(counter.unforeseen.isEmpty, "\(problem) with \(schedule)")
    }
  }

  /// A filter under training is added up to what packing makes of a constant one.
  @Test(arguments: 0..<8)
  func filtersAreAddedUp(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let machine = Self.machines[Int(seed) % 3]
    let lanes = machine.vectorLanes
    let problem = StrassenProblem(random: &generator, lanes: lanes, isTrained: true)
    let schedule = problem.schedule(machine, random: &generator)
    let layout = problem.strassen.convolution.filterLayout(lanes: lanes)
    let filter = Filter(like: layout, random: &generator)
    let found = try interpret(
      problem.strassen.filterKernel(named: "filter", schedule: schedule), on: [filter.stored(as: layout)],
      resultCount: problem.strassen.filterElementCount, chunkCount: problem.strassen.filterChunks, batch: 1)
    let expected = Strassen.FilterPacking(problem.strassen, schedule).packed(filter.elements)
    expectSame(found, expected, tolerance: 1e-6, "\(problem) with \(schedule)")
  }

  // MARK: Choice

  private func isStrassen(
    _ channels: (Int, Int), size: Int, _ machine: Machine = .avx512, isExact: Bool = false,
    _ change: (inout Convolution) -> Void = { _ in }
  ) -> Bool {
    var layer = ConvolutionProblem(
      channels: channels, size: size, kernel: 1, batch: 1, lanes: machine.vectorLanes
    ).convolution
    change(&layer)
    let algorithm = layer.algorithm(machine: machine, largestBatch: 1, isExact: isExact)
    if case .strassen = algorithm { return true } else { return false }
  }

  /// The 1x1 convolutions of ResNet-50, but not those of its 7x7 maps.
  @Test(arguments: [((64, 256), 56), ((256, 128), 56), ((128, 512), 28), ((512, 256), 28), ((1024, 256), 14)])
  func largeConvolutionsTakeIt(channels: (Int, Int), size: Int) {
    #expect(isStrassen(channels, size: size))
    #expect(isStrassen(channels, size: size, .wideAVX512))
    #expect(!isStrassen(channels, size: size, isExact: true))
  }

  @Test func othersDoNot() {
    #expect(isStrassen((128, 128), size: 28))
    #expect(isStrassen((128, 128), size: 28) { $0.filter = $0.filterLayout(lanes: 16) }, "under training")
    #expect(!isStrassen((512, 2048), size: 7), "an odd number of columns")
    #expect(!isStrassen((32, 32), size: 28), "too little work for each sum")
    #expect(!isStrassen((128 + 16, 128), size: 28), "halves of the inputs that are no whole vectors")
    #expect(!isStrassen((128, 128 + 16), size: 28), "halves of the outputs that are no whole vectors")
    #expect(!isStrassen((128, 128), size: 28) { $0.groups = 2 })
    #expect(!isStrassen((128, 128), size: 28) { $0.paddingLeft = 1 })
    #expect(!isStrassen((128, 128), size: 28) { $0.sums = .f64 })
  }
}
