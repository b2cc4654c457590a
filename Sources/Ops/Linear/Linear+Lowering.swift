import GraphIR
import Kernels

extension Linear: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { nil }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let problem = LinearKernel(
      input: site.layout(0), output: site.resultLayout, epilogue: Epilogue(hasBias: hasBias))
    let machine = site.machine
    let schedule = problem.schedule(machine: machine, largestBatch: site.largestBatch)
    let packing = LinearKernel.WeightPacking(problem, schedule, lanes: machine.vectorLanes)
    let perChannel = ChannelPacking(channels: problem.output.channels, lanes: packing.width)
    return LoweredStep(
      key: LinearKey(problem: problem, schedule: schedule),
      kernelName: "linear_\(problem.input.channels)_\(problem.output.channels)",
      operands: [.operand(0), .packed(1, packing)] + (hasBias ? [.packed(2, perChannel)] : []) + [.result],
      chunksPerGroup: schedule.channelTileCount, imagesPerGroup: schedule.imagesPerChunk
    ) { problem.kernel(named: $0, schedule: schedule, machine: machine) }
  }

  private struct LinearKey: Hashable, Sendable {
    var problem: LinearKernel
    var schedule: LinearKernel.Schedule
  }
}
