import GraphIR
import Kernels

extension Linear: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { nil }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let problem = LinearKernel(
      input: site.layout(0), output: site.resultLayout, epilogue: Epilogue(hasBias: hasBias),
      filter: site.filter(1))
    let machine = site.machine
    let schedule = problem.schedule(machine: machine, largestBatch: site.largestBatch)
    let packing = LinearKernel.WeightPacking(problem, schedule, lanes: machine.vectorLanes)
    var operands: [LoweredStep.Operand] = [.operand(0), problem.filter == nil ? .packed(1, packing) : .operand(1)]
    if hasBias { operands.append(site.perChannel(2, channels: problem.output.channels, width: packing.width)) }
    return LoweredStep(problem, schedule, machine, operands: operands + [.result])
  }
}

extension LoweredStep {
  init(
    _ problem: LinearKernel, _ schedule: LinearKernel.Schedule, _ machine: Machine, operands: [LoweredStep.Operand]
  ) {
    self.init(
      key: Scheduled(problem: problem, schedule: schedule),
      kernelName: "linear_\(problem.input.channels)_\(problem.output.channels)", operands: operands,
      chunksPerGroup: schedule.channelTileCount, imagesPerGroup: schedule.imagesPerChunk
    ) { problem.kernel(named: $0, schedule: schedule, machine: machine) }
  }
}
