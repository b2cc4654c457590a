import GraphIR
import Kernels
import Tensors

extension Conv2D: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? {
    if operand == residualIndex { return LayoutDemand(.blocked) }
    guard operand == Self.inputIndex else { return nil }
    return geometry.inputDemand(
      site.layout(operand), kernelColumns: site.operandTypes[Self.weightIndex].kernelExtent.columns,
      outputColumns: site.resultLayout.columns)
  }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let problem = problem(at: site)
    guard problem.filter == nil || problem.readsTrainedFilter else {
      throw OpError(
        "a convolution of \(problem.input.channels) to \(problem.output.channels) channels in \(groups) groups cannot "
          + "be trained here: groups must be multiples of \(site.machine.vectorLanes) channels, or divide that number "
          + "with as many outputs as inputs")
    }
    let machine = site.machine
    let schedule = problem.schedule(machine: machine, largestBatch: site.largestBatch)
    let lanes = machine.vectorLanes
    let packing = Convolution.FilterPacking(problem, schedule, lanes: lanes)
    func perChannel(_ operand: Int) -> LoweredStep.Operand {
      site.perChannel(operand, channels: problem.output.channels, width: lanes)
    }
    var operands: [LoweredStep.Operand] = [
      .operand(Self.inputIndex),
      problem.filter == nil ? .packed(Self.weightIndex, packing) : .operand(Self.weightIndex),
    ]
    if let index = biasIndex { operands.append(perChannel(index)) }
    if let index = residualIndex { operands.append(.operand(index)) }
    if let index = slopeIndex { operands.append(perChannel(index)) }
    operands.append(.result)
    // In place only where a residual has just the result's layout, halo included.
    let replaced = residualIndex.flatMap { site.layout($0) == site.resultLayout ? $0 : nil }
    return LoweredStep(
      key: packing, kernelName: kernelName(problem), operands: operands,
      chunksPerGroup: problem.chunksPerGroup(schedule), imagesPerGroup: schedule.imagesPerChunk,
      inPlaceOperand: replaced
    ) { problem.kernel(named: $0, schedule: schedule, machine: machine) }
  }

  private func problem(at site: LoweringSite) -> Convolution {
    let kernel = site.operandTypes[Self.weightIndex].kernelExtent
    return Convolution(
      input: site.layout(Self.inputIndex), output: site.resultLayout, kernel: (kernel.rows, kernel.columns),
      stride: (stride.rows, stride.columns), dilation: (dilation.rows, dilation.columns),
      padding: (padding.top, padding.left), groups: groups,
      epilogue: Epilogue(
        hasBias: hasBias, residual: residualIndex.map(site.layout), activation: activation.lowered),
      filter: site.filter(Self.weightIndex))
  }

  private func kernelName(_ problem: Convolution) -> String {
    "conv\(problem.kernelRows)x\(problem.kernelColumns)_\(problem.input.channels)_\(problem.output.channels)"
      + "_\(problem.output.rows)x\(problem.output.columns)"
  }
}
