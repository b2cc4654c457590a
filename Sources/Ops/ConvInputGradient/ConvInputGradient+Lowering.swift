import GraphIR
import Kernels

extension ConvInputGradient: MultiStepLowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? {
    guard operand == 0 else { return LayoutDemand(.transposedFilter(groups: geometry.groups)) }
    let halo = BackwardData.requiredHalo(
      gradientColumns: site.layout(0).columns, inputColumns: size.columns, axis: axes(at: site).columns)
    return LayoutDemand(.blocked, columnHalo: halo)
  }

  package func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps {
    guard let filter = site.filter(1) else { throw .untrained(Self.self) }
    let axes = axes(at: site)
    let problem = BackwardData(
      gradient: site.layout(0), output: site.resultLayout, filter: filter, rows: axes.rows, columns: axes.columns,
      groups: geometry.groups)
    let machine = site.machine
    let algorithm = problem.convolution?.algorithm(
      machine: machine, largestBatch: site.largestBatch, isExact: site.isExact)
    switch algorithm {
    case .winograd(let winograd, let schedule):
      return LoweredSteps(
        winograd, schedule, input: 0, filter: 1, machine: machine, largestBatch: site.largestBatch)
    case .strassen(let strassen, let schedule):
      return LoweredSteps(strassen, schedule, input: 0, filter: 1, machine: machine)
    case .direct, .phases, nil: break
    }
    let schedule = problem.schedule(machine: machine, largestBatch: site.largestBatch)
    let step = LoweredStep(
      key: Scheduled(problem: problem, schedule: schedule),
      kernelName: "\(Self.mnemonic)_\(problem.gradient.channels)_\(problem.output.channels)",
      operands: [.operand(0), .operand(1), .result], chunksPerGroup: problem.chunksPerGroup(schedule),
      imagesPerGroup: schedule.imagesPerChunk
    ) { problem.kernel(named: $0, schedule: schedule, machine: machine) }
    return LoweredSteps([step])
  }

  private func axes(at site: LoweringSite) -> (rows: Convolution.Axis, columns: Convolution.Axis) {
    geometry.axes(kernel: site.operandTypes[1].kernelExtent)
  }
}
