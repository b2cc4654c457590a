import Kernels
import TestSupport
import Testing

/// Convolutions of stride 2 by Winograd's algorithm on the phases of their image.
@Suite struct PhaseSplitTests {
  static let machines: [Machine] = [.avx512, .avx2, .sse2]

  /// One to four channels, maps of any size, and padding on no, one or both sides.
  private func convolution(random generator: inout SeededGenerator, lanes: Int) -> Convolution {
    func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    let kernel = (rows: random(7...8), columns: random(7...8))
    let padding = (top: random(0...4), left: random(0...4))
    let (rows, columns) = (random(5...20), random(5...20))
    func outputs(_ extent: Int, _ kernel: Int, _ before: Int) -> Int {
      max(1, (extent + before + random(0...4) - kernel) / 2 + 1)
    }
    return Convolution(
      input: ImageLayout(channels: random(1...4), rows: rows, columns: columns, channelBlock: 1),
      output: ImageLayout(
        channels: random(1...20), rows: outputs(rows, kernel.rows, padding.top),
        columns: outputs(columns, kernel.columns, padding.left), channelBlock: lanes, columnHalo: random(0...1)),
      kernel: kernel, stride: (2, 2), padding: padding,
      epilogue: Epilogue(hasBias: random(0...1) == 0, activation: .relu))
  }

  @Test(arguments: 0..<24)
  func agreesWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let machine = Self.machines[Int(seed) % 3]
    let problem = ConvolutionProblem(
      convolution(random: &generator, lanes: machine.vectorLanes), batch: Int.random(in: 1...3, using: &generator))
    let algorithm = problem.convolution.algorithm(machine: machine, largestBatch: problem.batch, isExact: false)
    guard case .phases(let split, let winograd, let schedule) = algorithm else {
      Issue.record("\(problem) is computed by \(algorithm)")
      return
    }
    let packing = PhaseSplit.FilterPacking(split, Winograd.FilterPacking(winograd, schedule))
    var (operands, expected) = problem.data(packing: packing, lanes: machine.vectorLanes, random: &generator)
    operands[0] = try interpret(
      split.kernel(named: "phases"), on: [operands[0]],
      resultCount: problem.batch * split.dense.input.elementCount, chunkCount: problem.batch * split.chunksPerImage,
      batch: problem.batch)
    let found = try WinogradProblem(winograd, batch: problem.batch)
      .run(schedule, machine, operands: operands, resultCount: expected.count)
    expectSame(found, expected, tolerance: 5e-5, "\(problem) with \(schedule)")
  }

  @Test func othersAreNotSplit() {
    func isSplit(isExact: Bool = false, _ change: (inout Convolution) -> Void = { _ in }) -> Bool {
      var stem = ConvolutionProblem(channels: (3, 64), size: 224, kernel: 7, stride: 2, batch: 1, lanes: 16).convolution
      stem.input.columnHalo = 0
      change(&stem)
      let algorithm = stem.algorithm(machine: .avx512, largestBatch: 1, isExact: isExact)
      if case .phases = algorithm { return true } else { return false }
    }
    #expect(isSplit())
    #expect(!isSplit(isExact: true))
    #expect(!isSplit { $0.columnStride = 1 })
    #expect(!isSplit { $0.input.channels = 5 })
    #expect(!isSplit { $0.rowDilation = 2 })
    #expect(!isSplit { $0.kernelRows = 3 })
    #expect(!isSplit { $0.filter = $0.filterLayout(lanes: 16) })
  }
}
