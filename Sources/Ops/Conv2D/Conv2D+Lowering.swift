import GraphIR
import Kernels
import Tensors

extension Conv2D: Lowerable {
  /// Few channels, as pictures have, are read plane by plane: blocks would be mostly zeros.
  private static let mostPlainChannels = 4

  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? {
    guard operand == Self.inputIndex else { return LayoutDemand(.blocked) }
    let input = site.layout(operand)
    let isPlain = !input.isBlocked && input.channels <= Self.mostPlainChannels
    let window = window(kernel: kernelExtent(site)).columns
    let halo = Convolution.requiredHalo(
      columns: input.columns, outputColumns: site.resultLayout.columns, kernel: window.kernel, stride: window.stride,
      dilation: window.dilation, paddingLeft: window.paddingBefore)
    return LayoutDemand(isPlain ? .plain : .blocked, columnHalo: halo)
  }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let problem = problem(at: site)
    let machine = site.machine
    let schedule = problem.schedule(machine: machine, largestBatch: site.largestBatch)
    let lanes = machine.vectorLanes
    let perChannel = ChannelPacking(channels: problem.output.channels, lanes: lanes)
    var operands: [LoweredStep.Operand] = [
      .operand(Self.inputIndex),
      .packed(Self.weightIndex, Convolution.FilterPacking(problem, schedule, lanes: lanes)),
    ]
    if let index = biasIndex { operands.append(.packed(index, perChannel)) }
    if let index = residualIndex { operands.append(.operand(index)) }
    if let index = slopeIndex { operands.append(.packed(index, perChannel)) }
    operands.append(.result)
    // In place only where a residual has just the result's layout, halo included.
    let replaced = residualIndex.flatMap { site.layout($0) == site.resultLayout ? $0 : nil }
    return LoweredStep(
      key: Convolution.FilterPacking(problem, schedule, lanes: lanes), kernelName: kernelName(problem),
      operands: operands, chunksPerGroup: problem.chunksPerGroup(schedule), imagesPerGroup: schedule.imagesPerChunk,
      inPlaceOperand: replaced
    ) { problem.kernel(named: $0, schedule: schedule, machine: machine) }
  }

  private func problem(at site: LoweringSite) -> Convolution {
    let kernel = kernelExtent(site)
    return Convolution(
      input: site.layout(Self.inputIndex), output: site.resultLayout, kernel: (kernel.rows, kernel.columns),
      stride: (stride.rows, stride.columns), dilation: (dilation.rows, dilation.columns),
      padding: (padding.top, padding.left), groups: groups,
      epilogue: Epilogue(
        hasBias: hasBias, residual: residualIndex.map(site.layout), activation: activation.lowered))
  }

  private func kernelExtent(_ site: LoweringSite) -> Extent2D {
    Extent2D(site.operandTypes[Self.weightIndex].shape.dimensions.suffix(2).compactMap(\.fixedExtent))
  }

  private func kernelName(_ problem: Convolution) -> String {
    "conv\(problem.kernelRows)x\(problem.kernelColumns)_\(problem.input.channels)_\(problem.output.channels)"
      + "_\(problem.output.rows)x\(problem.output.columns)"
  }
}
