import GraphIR
import Kernels

extension ConvWeightGradient: MultiStepLowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? {
    guard operand == 0 else { return LayoutDemand(.blocked) }
    return geometry.inputDemand(
      site.layout(0), kernelColumns: kernel.columns, outputColumns: site.layout(1).columns)
  }

  package func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps {
    guard case .filter(let filter) = site.resultLayouts[0] else { preconditionFailure("the result is a filter") }
    let axes = geometry.axes(kernel: kernel)
    let problem = BackwardWeights(
      input: site.layout(0), gradient: site.layout(1), rows: axes.rows, columns: axes.columns, filter: filter,
      groups: geometry.groups)
    let algorithm = problem.algorithm(
      machine: site.machine, largestBatch: site.largestBatch, isExact: site.isExact)
    switch algorithm {
    case .direct(let schedule): return steps(problem, schedule, at: site)
    case .winograd(let winograd, let schedule): return steps(winograd, schedule, at: site)
    }
  }

  /// Sums over groups of images, then their sum.
  private func steps(
    _ problem: BackwardWeights, _ schedule: BackwardWeights.Schedule, at site: LoweringSite
  ) -> LoweredSteps {
    let (machine, filter) = (site.machine, problem.filter)
    let partialCount = problem.partialCount(schedule, batch: site.largestBatch)
    let partials = LoweredStep(
      key: Scheduled(problem: problem, schedule: schedule),
      kernelName: "\(Self.mnemonic)_\(problem.input.channels)_\(problem.gradient.channels)",
      operands: [.operand(0), .operand(1), partialCount == 1 ? .result : .temporary(0)],
      chunksPerGroup: problem.chunksPerGroup(schedule), imagesPerGroup: schedule.imagesPerChunk
    ) { problem.kernel(named: $0, schedule: schedule, machine: machine) }
    guard partialCount > 1 else { return LoweredSteps([partials]) }
    let sum = PartialSum(
      elementCount: filter.elementCount, imagesPerPartial: schedule.imagesPerChunk, lanes: machine.vectorLanes)
    return LoweredSteps(
      [partials, LoweredStep(adding: sum)],
      temporaries: [.init(byteCount: 4 * partialCount * filter.elementCount)])
  }
}

extension LoweredStep {
  /// The step that adds partial sums, the first temporary, to the result.
  init(adding sum: PartialSum) {
    self.init(
      key: sum, kernelName: "sum", operands: [.temporary(0), .result], chunksPerGroup: sum.chunkCount,
      imagesPerGroup: nil
    ) { sum.kernel(named: $0) }
  }
}
