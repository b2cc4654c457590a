import Kernels
import TestSupport
import Testing

/// The gradients of convolutions against counting, interpreted: every element is written, with zeros in halos and in
/// lanes past the last channel, and no access leaves its buffer.
@Suite struct BackwardTests {
  static let machines: [Machine] = [.avx512, .avx2, .sse2]

  @Test(arguments: 0..<12)
  func filtersAreTransposed(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let lanes = Self.machines[Int(seed) % 3].vectorLanes
    let inputs = Int.random(in: 1...2 * lanes + 3, using: &generator)
    let layout = FilterLayout(
      outputs: Int.random(in: 1...2 * lanes + 3, using: &generator), inputs: inputs,
      kernelRows: Int.random(in: 1...3, using: &generator), kernelColumns: Int.random(in: 1...3, using: &generator),
      inputBlock: seed % 2 == 0 ? inputs : min(inputs, lanes), lanes: lanes)
    let filter = Filter(like: layout, random: &generator)
    let transposition = FilterTransposition(source: layout)
    let expected = filter.transposed.stored(as: layout.transposed)
    let found = try interpret(
      transposition.kernel(named: "transpose"), on: [filter.stored(as: layout)], resultCount: expected.count,
      chunkCount: transposition.chunkCount, batch: 1)
    expectSame(found, expected, "\(layout)")
  }

  @Test(arguments: 0..<36)
  func inputGradientsAgreeWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let machine = Self.machines[Int(seed) % 3]
    let problem = BackwardProblem(random: &generator, lanes: machine.vectorLanes)
    var output = problem.input
    output.columnHalo = Int.random(in: 0...1, using: &generator)
    var residual: ImageLayout? = output
    residual?.columnHalo = Int.random(in: 0...1, using: &generator)
    if seed % 2 == 0 { residual = nil }
    let backward = BackwardData(
      gradient: problem.gradient, output: output, filter: problem.filter.transposed, rows: problem.rows,
      columns: problem.columns, residual: residual)
    let gradients = Images(problem.batch, like: problem.gradient, random: &generator)
    let weights = Filter(like: problem.filter, random: &generator)
    let added = Images(problem.batch, like: output, random: &generator)
    let ofProducts = problem.inputGradient(gradients, weights)
    let expected = Images(problem.batch, like: output) {
      ofProducts[$0, $1, $2, $3] + (residual == nil ? 0 : added[$0, $1, $2, $3])
    }.stored(as: output)
    let schedule = backward.schedule(machine: machine, largestBatch: problem.batch)
    let groups = (problem.batch + schedule.imagesPerChunk - 1) / schedule.imagesPerChunk
    let found = try interpret(
      backward.kernel(named: "backward", schedule: schedule, machine: machine),
      on: [gradients.stored(as: problem.gradient), weights.transposed.stored(as: backward.filter)]
        + (residual.map { [added.stored(as: $0)] } ?? []),
      resultCount: expected.count, chunkCount: groups * backward.chunksPerGroup(schedule), batch: problem.batch)
    expectSame(found, expected, tolerance: 1e-5, "\(problem)")
  }
}
