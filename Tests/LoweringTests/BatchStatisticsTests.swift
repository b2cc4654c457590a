import CodeGen
import Lowering
import TestSupport
import Testing

/// The memory planner and the chunk model take what a training step has: statistics of the batch, and consumers in a
/// backward part.
@Suite struct BatchStatisticsTests {
  @Test(arguments: [1, 3, 8])
  func isRightForAnyNumberOfThreads(batch: Int) throws {
    let program = BatchStatistics.program(batch: 1...8)
    for kernel in program.kernels { #expect(kernel.verify() == []) }
    let target = try Target(named: "native")
    let model = ExecutableModel(
      program: program, card: ModelCard(target: target.name), jit: try JIT(program.kernels, for: target),
      weights: AlignedBytes(byteCount: 0))
    let count = batch * BatchStatistics.channels * BatchStatistics.pixels
    var generator = SeededGenerator(seed: UInt64(batch))
    let inputs = (0..<2).map { _ in (0..<count).map { _ in Float(generator.uniform()) } }
    let expected = reference(inputs[0], inputs[1], batch: batch)

    let single = try ExecutionContext(model: model, threadCount: 1).run(batch: batch, inputs: inputs)
    for (found, expected) in zip(single, expected) { #expect(relativeError(found, expected) < 1e-6) }
    for threadCount in [2, 3, 8] {
      let context = try ExecutionContext(model: model, threadCount: threadCount)
      for _ in 0..<5 { #expect(try context.run(batch: batch, inputs: inputs) == single) }
    }
  }

  /// The activation keeps its memory to the end; statistics that are dead share theirs.
  @Test func memoryIsPlanned() {
    let plan = MemoryPlan(BatchStatistics.items)
    let image = 512
    #expect(plan.byteCountPerImage == 2 * image)
    #expect(plan.liveByteCountPerImage == 2 * image)
    #expect(plan.offsets[1] == plan.offsets[6], "the partial sums of the two directions do not live together")
    // In the backward part: mean and scale (64 bytes each), partial sums (512) and their means (128).
    #expect(plan.fixedByteCount == 2 * 64 + 512 + 128)
    for isPerImage in [false, true] {
      let items = BatchStatistics.items.indices.filter { BatchStatistics.items[$0].isPerImage == isPerImage }
      for (a, b) in items.flatMap({ a in items.map { (a, $0) } }) where a < b {
        let (first, second) = (BatchStatistics.items[a], BatchStatistics.items[b])
        guard first.firstStep <= second.lastStep, second.firstStep <= first.lastStep else { continue }
        let firstPlace = plan.offsets[a]..<plan.offsets[a] + first.byteCount
        let secondPlace = plan.offsets[b]..<plan.offsets[b] + second.byteCount
        #expect(!firstPlace.overlaps(secondPlace))
      }
    }
  }

  @Test func chunksDependOnTheBatchAlone() {
    let steps = BatchStatistics.program(batch: 1...8).steps
    func counts(_ batch: Int) -> [Int] { steps.map { $0.chunks.count(batch: batch) } }
    #expect(counts(1) == [1, 4, 1, 4, 1, 1, 1, 4, 1, 8])
    #expect(counts(3) == [3, 4, 1, 4, 1, 2, 3, 4, 1, 8])
    #expect(counts(8) == [8, 4, 1, 4, 1, 4, 8, 4, 1, 8])
  }

  /// y and dx, in f64.
  private func reference(_ x: [Float], _ gradient: [Float], batch: Int) -> [[Double]] {
    let (channels, pixels) = (BatchStatistics.channels, BatchStatistics.pixels)
    let activation = x.map { 2 * Double($0) + 0.5 }
    var (y, dx) = ([Double](repeating: 0, count: x.count), [Double](repeating: 0, count: x.count))
    for channel in 0..<channels {
      let places = (0..<batch).flatMap { image in (0..<pixels).map { (image * channels + channel) * pixels + $0 } }
      func mean(_ values: (Int) -> Double) -> Double { places.map(values).reduce(0, +) / Double(places.count) }
      let average = mean { activation[$0] }
      let variance = mean { (activation[$0] - average) * (activation[$0] - average) }
      let scale = 1 / (variance + BatchStatistics.epsilon).squareRoot()
      func z(_ place: Int) -> Double { (activation[place] - average) * scale }
      let gradientMean = mean { Double(gradient[$0]) }
      let slope = mean { Double(gradient[$0]) * z($0) }
      for place in places {
        y[place] = max(z(place), 0)
        dx[place] = (Double(gradient[place]) - gradientMean - z(place) * slope) * scale
      }
    }
    return [y, dx]
  }
}
