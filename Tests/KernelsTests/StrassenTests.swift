import Kernels
import TestSupport
import Testing

@Suite struct StrassenTests {
  static let machines: [Machine] = [.avx512, .avx2, .sse2, .neon]

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
    #expect(!isStrassen(channels, size: size, isExact: true))
  }

  @Test func othersDoNot() {
    #expect(isStrassen((128, 128), size: 28))
    #expect(!isStrassen((512, 2048), size: 7), "an odd number of columns")
    #expect(!isStrassen((32, 32), size: 28), "too little work for each sum")
    #expect(!isStrassen((128 + 16, 128), size: 28), "halves of the inputs that are no whole vectors")
    #expect(!isStrassen((128, 128 + 16), size: 28), "halves of the outputs that are no whole vectors")
    #expect(!isStrassen((128, 128), size: 28) { $0.groups = 2 })
    #expect(!isStrassen((128, 128), size: 28) { $0.paddingLeft = 1 })
    #expect(!isStrassen((128, 128), size: 28) { $0.filter = $0.filterLayout(lanes: 16) }, "under training")
    #expect(!isStrassen((128, 128), size: 28) { $0.sums = .f64 })
  }
}

/// A 1x1 convolution by Strassen's algorithm with its operands, and what it must compute.
private struct StrassenProblem: CustomStringConvertible {
  let strassen: Strassen
  let batch: Int

  var description: String { "\(strassen), batch \(batch)" }
  var chunkCount: Int { batch * strassen.chunkCount }

  init(_ strassen: Strassen, batch: Int) {
    self.strassen = strassen
    self.batch = batch
  }

  /// Small, at any stride, with any epilogue.
  init(random generator: inout SeededGenerator, lanes: Int) {
    func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    var convolution: Convolution
    repeat {
      convolution = ConvolutionProblem(random: &generator, lanes: lanes).convolution
    } while !convolution.input.isBlocked
    convolution.groups = 1
    (convolution.kernelRows, convolution.kernelColumns) = (1, 1)
    (convolution.paddingTop, convolution.paddingLeft) = (0, 0)
    let (rows, columns) = (random(1...4), 2 * random(1...5))
    (convolution.output.rows, convolution.output.columns) = (rows, columns)
    convolution.output.channels = 2 * lanes * random(1...4)
    convolution.epilogue.residual?.rows = rows
    convolution.epilogue.residual?.columns = columns
    convolution.epilogue.residual?.channels = convolution.output.channels
    convolution.input.rows = (rows - 1) * convolution.rowStride + random(1...2)
    convolution.input.columns = (columns - 1) * convolution.columnStride + random(1...2)
    convolution.input.channels = 2 * lanes * random(1...2)
    strassen = Strassen(convolution)
    batch = random(1...3)
  }

  /// The schedule that the machine gets.
  func schedule(_ machine: Machine) -> Strassen.Schedule {
    strassen.schedule(machine: machine, largestBatch: batch)
  }

  /// Another schedule, which must compute the same.
  func schedule(_ machine: Machine, random generator: inout SeededGenerator) -> Strassen.Schedule {
    let output = strassen.convolution.output
    let divisors = (1...4).filter { output.blockCount / 2 % $0 == 0 }
    let vectors = divisors[Int.random(in: 0..<divisors.count, using: &generator)]
    let mostPixels = RegisterTile.mostPixels(vectors: vectors, machine: machine)
    return Strassen.Schedule(
      tiling: RowTiling(
        columns: output.columns / 2, vectors: vectors, mostPixels: Int.random(in: 1...mostPixels, using: &generator)))
  }

  /// Input, filters and what the epilogue reads, and the result as it must lie in memory.
  func data(
    _ schedule: Strassen.Schedule, _ machine: Machine, random generator: inout SeededGenerator
  ) -> (operands: [[Float]], result: [Float]) {
    ConvolutionProblem(strassen.convolution, batch: batch).data(
      packing: Strassen.FilterPacking(strassen, schedule), lanes: machine.vectorLanes, random: &generator)
  }

  /// Runs all chunks, with NaN in scratch memory.
  func run(
    _ schedule: Strassen.Schedule, _ machine: Machine, operands: [[Float]], resultCount: Int,
    isCompiledToo: Bool = false
  ) throws -> [Float] {
    let scratch = [Float](repeating: .nan, count: strassen.scratchElementCount(schedule))
    return try interpret(
      strassen.kernel(named: "strassen", schedule: schedule, machine: machine), on: operands + [scratch],
      resultCount: resultCount, chunkCount: chunkCount, batch: batch, isCompiledToo: isCompiledToo)
  }
}
