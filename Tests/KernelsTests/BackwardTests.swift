import Kernels
import TestSupport
import Testing

/// The gradients of convolutions against counting, interpreted: every element is written, with zeros in halos and in
/// lanes past the last channel, and no access leaves its buffer.
@Suite struct BackwardTests {
  static let machines: [Machine] = [.avx512, .avx2, .sse2]

  @Test(arguments: 0..<24)
  func filtersAreTransposed(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let lanes = Self.machines[Int(seed) % 3].vectorLanes
    let groups = seed % 4 < 2 ? 1 : Int.random(in: 2...5, using: &generator)
    var inputs = Int.random(in: 1...2 * lanes + 3, using: &generator)
    var outputs = Int.random(in: 1...2 * lanes + 3, using: &generator)
    if seed % 4 == 2 { (inputs, outputs) = (2 * lanes, groups * lanes) }
    if seed % 4 == 3 {
      inputs = [1, 2, lanes / 2][Int.random(in: 0...2, using: &generator)]
      outputs = inputs * groups
    }
    let layout = FilterLayout(
      outputs: outputs, inputs: inputs,
      kernelRows: Int.random(in: 1...3, using: &generator), kernelColumns: Int.random(in: 1...3, using: &generator),
      inputBlock: seed % 4 == 0 ? inputs : min(inputs, lanes), lanes: lanes)
    let filter = Filter(like: layout, random: &generator)
    let transposition = FilterTransposition(source: layout, groups: groups)
    let expected = filter.transposed(groups: groups).stored(as: layout.transposed(groups: groups))
    let found = try interpret(
      transposition.kernel(named: "transpose"), on: [filter.stored(as: layout)], resultCount: expected.count,
      chunkCount: transposition.chunkCount, batch: 1, isCompiledToo: seed < 4)
    expectSame(found, expected, "\(layout), \(groups) groups")
  }

  @Test(arguments: 0..<48)
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
      gradient: problem.gradient, output: output, filter: problem.filter.transposed(groups: problem.groups),
      rows: problem.rows, columns: problem.columns, groups: problem.groups, residual: residual)
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
      on: [
        gradients.stored(as: problem.gradient), weights.transposed(groups: problem.groups).stored(as: backward.filter),
      ]
        + (residual.map { [added.stored(as: $0)] } ?? []),
      resultCount: expected.count, chunkCount: groups * backward.chunksPerGroup(schedule), batch: problem.batch,
      isCompiledToo: seed < 3)
    expectSame(found, expected, tolerance: 1e-5, "\(problem)")
  }

  @Test(arguments: 0..<48)
  func filterGradientsAgreeWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: 100 + seed)
    let machine = Self.machines[Int(seed) % 3]
    let problem = BackwardProblem(random: &generator, lanes: machine.vectorLanes, mayBePlain: true)
    let backward = BackwardWeights(
      input: problem.input, gradient: problem.gradient, rows: problem.rows, columns: problem.columns,
      filter: problem.filter, groups: problem.groups)
    let inputs = Images(problem.batch, like: problem.input, random: &generator)
    let gradients = Images(problem.batch, like: problem.gradient, random: &generator)
    let expected = problem.filterGradient(gradients, inputs).stored(as: problem.filter)
    let chosen = backward.schedule(machine: machine, largestBatch: problem.batch)
    for schedule in [chosen, random(chosen, backward, problem.batch, &generator)] {
      let partialCount = backward.partialCount(schedule, batch: problem.batch)
      let partials = try interpret(
        backward.kernel(named: "weights", schedule: schedule, machine: machine),
        on: [inputs.stored(as: problem.input), gradients.stored(as: problem.gradient)],
        resultCount: partialCount * expected.count,
        chunkCount: partialCount * backward.chunksPerGroup(schedule), batch: problem.batch,
        isCompiledToo: seed < 3)
      let sum = PartialSum(
        elementCount: expected.count, imagesPerPartial: schedule.imagesPerChunk, lanes: machine.vectorLanes)
      let found = try interpret(
        sum.kernel(named: "sum"), on: [partials], resultCount: expected.count, chunkCount: sum.chunkCount,
        batch: problem.batch)
      expectSame(found, expected, tolerance: 1e-5, "\(problem) with \(schedule)")
    }
  }

  /// Another schedule, which must compute the same.
  private func random(
    _ schedule: BackwardWeights.Schedule, _ problem: BackwardWeights, _ batch: Int, _ generator: inout SeededGenerator
  ) -> BackwardWeights.Schedule {
    func random(_ most: Int) -> Int { Int.random(in: 1...most, using: &generator) }
    var schedule = schedule
    schedule.tile.taps = random(schedule.tile.taps)
    schedule.outputTilesPerChunk = random(schedule.outputTilesPerChunk)
    schedule.inputBlocksPerChunk = random(schedule.inputBlocksPerChunk)
    schedule.imagesPerChunk = random(batch)
    schedule.rowsPerBand = random(problem.gradient.rows)
    schedule.imagesPerBand = schedule.rowsPerBand < problem.gradient.rows ? 1 : random(batch)
    return schedule
  }
}
