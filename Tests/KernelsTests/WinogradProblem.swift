import Kernels
import LoopIR
import TestSupport

/// A convolution by Winograd's algorithm with its operands, and what it must compute.
struct WinogradProblem: CustomStringConvertible {
  var winograd: Winograd
  let batch: Int

  var description: String { "\(winograd), batch \(batch)" }

  init(_ winograd: Winograd, batch: Int) {
    self.winograd = winograd
    self.batch = batch
  }

  /// Small, and odd in every way.
  /// - Parameter stride: nil for one or two.
  init(random generator: inout SeededGenerator, lanes: Int, stride: Int? = nil) {
    func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    var convolution = ConvolutionProblem.dense(random: &generator, lanes: lanes)
    let stride = stride ?? (random(1...3) == 1 ? 2 : 1)
    (convolution.kernelRows, convolution.kernelColumns) = (random(3...4), random(3...4))
    (convolution.rowStride, convolution.columnStride) = (stride, stride)
    (convolution.rowDilation, convolution.columnDilation) = (1, 1)
    (convolution.input.rows, convolution.input.columns) = (random(1...11), random(1...11))
    let (rows, columns) = (
      max(1, (convolution.input.rows + convolution.paddingTop + random(0...2) - convolution.kernelRows) / stride + 1),
      max(
        1,
        (convolution.input.columns + convolution.paddingLeft + random(0...2) - convolution.kernelColumns) / stride + 1)
    )
    convolution.resizeOutput(rows: rows, columns: columns)
    convolution.input.columnHalo =
      random(0...1)
      + Convolution.requiredHalo(
        columns: convolution.input.columns, outputColumns: columns, kernel: convolution.kernelColumns, stride: stride,
        dilation: 1,
        paddingLeft: convolution.paddingLeft)
    // Phases have whole blocks of channels and constant filters.
    if stride == 2 {
      convolution.input.channels = convolution.input.blockCount * convolution.input.channelBlock
    } else if random(0...1) == 0 {
      convolution.filter = convolution.filterLayout(lanes: lanes)
    }
    func transform(taps: Int) -> WinogradTransform {
      let candidates = WinogradTransform.candidates(taps: taps)
      return candidates[random(0...candidates.count - 1)]
    }
    winograd = Winograd(
      convolution, vertical: transform(taps: (convolution.kernelRows + stride - 1) / stride),
      horizontal: transform(taps: (convolution.kernelColumns + stride - 1) / stride), hasNarrowTiles: random(0...1) == 1
    )
    batch = random(1...3)
  }

  /// The schedule that the machine gets.
  func schedule(_ machine: Machine) -> Winograd.Schedule { winograd.schedule(machine: machine, largestBatch: batch) }

  /// Another schedule, which must compute the same.
  func schedule(_ machine: Machine, random generator: inout SeededGenerator) -> Winograd.Schedule {
    var schedule = schedule(machine)
    let blocks = winograd.convolution.output.blockCount
    let vectors = Int.random(in: 1...min(blocks, 3), using: &generator)
    let pixels = Int.random(in: 1...RegisterTile.mostPixels(vectors: vectors, machine: machine), using: &generator)
    schedule.tile = RegisterTile(pixels: pixels, vectors: vectors)
    schedule.fullChannelTiles = blocks / vectors
    schedule.tailVectors = blocks % vectors
    schedule.isFused = Bool.random(using: &generator)
    schedule.inputChunks = Int.random(in: 1...winograd.convolution.input.blockCount, using: &generator)
    schedule.imagesPerGroup = Int.random(in: 1...3, using: &generator)
    let isPart = !winograd.hasNarrowTiles && Bool.random(using: &generator)
    schedule.imagesPerBlock = isPart ? nil : Bool.random(using: &generator) ? 1 : schedule.imagesPerGroup
    let registerTiles =
      schedule.imagesPerBlock.map { ($0 * winograd.tileCount + pixels - 1) / pixels }
      ?? Int.random(in: 1...3, using: &generator)
    schedule.blockTiles = pixels * registerTiles
    schedule.blocksPerChunk = schedule.isFused ? 1 : Int.random(in: 1...3, using: &generator)
    schedule.transformsFilters =
      !schedule.isFused && winograd.convolution.filter != nil && Bool.random(using: &generator)
    return schedule
  }

  /// Groups of images whose tiles are cut into blocks together.
  private func groupCount(_ schedule: Winograd.Schedule) -> Int {
    (batch + schedule.imagesPerGroup - 1) / schedule.imagesPerGroup
  }

  /// Chunks of the step that writes the result.
  func resultChunks(_ schedule: Winograd.Schedule) -> Int {
    winograd.resultChunks(schedule) * groupCount(schedule)
  }

  /// Input, filters and what the epilogue reads, and the result as it must lie in memory.
  func data(
    _ schedule: Winograd.Schedule, _ machine: Machine, random generator: inout SeededGenerator
  ) -> (operands: [[Float]], result: [Float]) {
    ConvolutionProblem(winograd.convolution, batch: batch).data(
      orPacked: Winograd.FilterPacking(winograd, schedule), machine, random: &generator)
  }

  /// Runs the steps of the schedule, with NaN in scratch memory.
  func run(
    _ schedule: Winograd.Schedule, _ machine: Machine, operands: [[Float]], resultCount: Int
  ) throws -> [Float] {
    var operands = operands
    if !schedule.isFused {
      operands[0] = try interpret(
        winograd.inputKernel(named: "input", schedule: schedule), on: [operands[0]],
        resultCount: groupCount(schedule) * winograd.transformedElementCount(schedule),
        chunkCount: batch * schedule.inputChunks, batch: batch)
    }
    if winograd.convolution.filter != nil && !schedule.transformsFilters {
      operands[1] = try interpret(
        winograd.filterKernel(named: "filter", schedule: schedule), on: [operands[1]],
        resultCount: winograd.filterElementCount, chunkCount: winograd.filterChunks, batch: batch)
    }
    let scratch = [Float](repeating: .nan, count: winograd.scratchElementCount(schedule))
    return try interpret(
      winograd.resultKernel(named: "winograd", schedule: schedule, machine: machine), on: operands + [scratch],
      resultCount: resultCount, chunkCount: resultChunks(schedule), batch: batch)
  }
}
