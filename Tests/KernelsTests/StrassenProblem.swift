import Kernels
import LoopIR
import TestSupport

/// A 1x1 convolution by Strassen's algorithm with its operands, and what it must compute.
struct StrassenProblem: CustomStringConvertible {
  let strassen: Strassen
  let batch: Int

  var description: String { "\(strassen), batch \(batch)" }
  var chunkCount: Int { batch * strassen.chunkCount }

  init(_ strassen: Strassen, batch: Int) {
    self.strassen = strassen
    self.batch = batch
  }

  /// Small, at any stride, with any epilogue.
  /// - Parameter isTrained: Whether the filter is under training; nil: it may be.
  init(random generator: inout SeededGenerator, lanes: Int, isTrained: Bool? = nil) {
    func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    var convolution = ConvolutionProblem.dense(random: &generator, lanes: lanes)
    (convolution.kernelRows, convolution.kernelColumns) = (1, 1)
    (convolution.paddingTop, convolution.paddingLeft) = (0, 0)
    let (rows, columns) = (random(1...4), 2 * random(1...5))
    convolution.resizeOutput(channels: 2 * lanes * random(1...4), rows: rows, columns: columns)
    convolution.input.rows = (rows - 1) * convolution.rowStride + random(1...2)
    convolution.input.columns = (columns - 1) * convolution.columnStride + random(1...2)
    convolution.input.channels = 2 * lanes * random(1...2)
    if isTrained ?? (random(0...1) == 0) { convolution.filter = convolution.filterLayout(lanes: lanes) }
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
      orPacked: Strassen.FilterPacking(strassen, schedule), machine, random: &generator)
  }

  /// Runs the steps, with NaN in scratch memory.
  func run(
    _ schedule: Strassen.Schedule, _ machine: Machine, operands: [[Float]], resultCount: Int,
    isCompiledToo: Bool = false
  ) throws -> [Float] {
    var operands = operands
    if strassen.convolution.filter != nil {
      operands[1] = try interpret(
        strassen.filterKernel(named: "filter", schedule: schedule), on: [operands[1]],
        resultCount: strassen.filterElementCount, chunkCount: strassen.filterChunks, batch: batch)
    }
    let scratch = [Float](repeating: .nan, count: strassen.scratchElementCount(schedule))
    return try interpret(
      strassen.kernel(named: "strassen", schedule: schedule, machine: machine), on: operands + [scratch],
      resultCount: resultCount, chunkCount: chunkCount, batch: batch, isCompiledToo: isCompiledToo)
  }
}
