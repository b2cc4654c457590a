import GraphIR
import Kernels
import Tensors

extension Conv2D: MultiStepLowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? {
    if operand == residualIndex { return LayoutDemand(.blocked) }
    guard operand == Self.inputIndex else { return nil }
    // What splits the image reads no halo.
    if !site.isExact, PhaseSplit(problem(at: site), lanes: site.machine.vectorLanes) != nil {
      return LayoutDemand(.plain)
    }
    return geometry.inputDemand(
      site.layout(operand), kernelColumns: site.operandTypes[Self.weightIndex].kernelExtent.columns,
      outputColumns: site.resultLayout.columns)
  }

  package func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps {
    let problem = problem(at: site)
    guard problem.filter == nil || problem.readsTrainedFilter else {
      throw OpError(
        "a convolution of \(problem.input.channels) to \(problem.output.channels) channels in \(groups) groups cannot "
          + "be trained here: groups must be multiples of \(site.machine.vectorLanes) channels, or divide that number "
          + "with as many outputs as inputs")
    }
    let algorithm = problem.algorithm(
      machine: site.machine, largestBatch: site.largestBatch, isExact: site.isExact)
    switch algorithm {
    case .direct(let schedule): return LoweredSteps([direct(problem, schedule, at: site)])
    case .winograd(let winograd, let schedule):
      return LoweredSteps(
        winograd, schedule, input: Self.inputIndex, filter: Self.weightIndex, epilogue: epilogueOperands(at: site),
        replaced: replaceableOperand(at: site), machine: site.machine, largestBatch: site.largestBatch)
    case .phases(let split, let winograd, let schedule): return steps(split, winograd, schedule, at: site)
    }
  }

  private func direct(_ problem: Convolution, _ schedule: Convolution.Schedule, at site: LoweringSite) -> LoweredStep {
    let machine = site.machine
    let packing = Convolution.FilterPacking(problem, schedule, lanes: machine.vectorLanes)
    return LoweredStep(
      key: packing, kernelName: "conv\(problem.kernelRows)x\(problem.kernelColumns)_\(problem.shapeName)",
      operands: [
        .operand(Self.inputIndex),
        problem.filter == nil ? .packed(Self.weightIndex, packing) : .operand(Self.weightIndex),
      ] + epilogueOperands(at: site) + [.result],
      chunksPerGroup: problem.chunksPerGroup(schedule), imagesPerGroup: schedule.imagesPerChunk,
      inPlaceOperand: replaceableOperand(at: site)
    ) { problem.kernel(named: $0, schedule: schedule, machine: machine) }
  }

  // MARK: Operands

  /// Bias, residual and slope: those that it has.
  func epilogueOperands(at site: LoweringSite) -> [LoweredStep.Operand] {
    func perChannel(_ operand: Int) -> LoweredStep.Operand {
      site.perChannel(operand, channels: site.resultLayout.channels, width: site.machine.vectorLanes)
    }
    var operands: [LoweredStep.Operand] = []
    if let index = biasIndex { operands.append(perChannel(index)) }
    if let index = residualIndex { operands.append(.operand(index)) }
    if let index = slopeIndex { operands.append(perChannel(index)) }
    return operands
  }

  /// The residual, where it has just the result's layout, halo included.
  func replaceableOperand(at site: LoweringSite) -> Int? {
    residualIndex.flatMap { site.layout($0) == site.resultLayout ? $0 : nil }
  }

  private func problem(at site: LoweringSite) -> Convolution {
    let kernel = site.operandTypes[Self.weightIndex].kernelExtent
    var problem = Convolution(
      input: site.layout(Self.inputIndex), output: site.resultLayout, kernel: (kernel.rows, kernel.columns),
      stride: (stride.rows, stride.columns), dilation: (dilation.rows, dilation.columns),
      padding: (padding.top, padding.left), groups: groups,
      epilogue: Epilogue(
        hasBias: hasBias, residual: residualIndex.map(site.layout), activation: activation.lowered),
      filter: site.filter(Self.weightIndex))
    if site.arithmetic == .extended { problem.sums = .f64 }
    return problem
  }
}
