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
    case .direct(let schedule): return direct(problem, schedule, at: site)
    case .winograd(let winograd, let schedule):
      let steps = LoweredSteps(
        winograd, schedule, input: Self.inputIndex, filter: Self.weightIndex, epilogue: epilogueOperands(at: site),
        replaced: replaceableOperand(at: site), machine: site.machine, largestBatch: site.largestBatch)
      return sweepingStatistics(of: steps, at: site)
    case .strassen(let strassen, let schedule): return self.strassen(strassen, schedule, at: site)
    case .phases(let split, let winograd, let schedule):
      return sweepingStatistics(of: steps(split, winograd, schedule, at: site), at: site)
    }
  }

  private func direct(_ problem: Convolution, _ schedule: Convolution.Schedule, at site: LoweringSite) -> LoweredSteps {
    var problem = problem
    problem.epilogue.gathersMoments = givesStatistics
    let machine = site.machine
    let packing = Convolution.FilterPacking(problem, schedule, lanes: machine.vectorLanes)
    let filter =
      problem.filter == nil ? LoweredStep.Operand.packed(Self.weightIndex, packing) : .operand(Self.weightIndex)
    return gathering(problem.moments(schedule, lanes: machine.vectorLanes), at: site) {
      [problem] epilogue, temporaries in
      let step = LoweredStep(
        key: packing, kernelName: "conv\(problem.kernelRows)x\(problem.kernelColumns)_\(problem.shapeName)",
        operands: [.operand(Self.inputIndex), filter] + epilogue + [.result],
        chunksPerGroup: problem.chunksPerGroup(schedule), imagesPerGroup: schedule.imagesPerChunk,
        inPlaceOperand: replaceableOperand(at: site)
      ) { problem.kernel(named: $0, schedule: schedule, machine: machine) }
      return LoweredSteps([step], temporaries: temporaries)
    }
  }

  private func strassen(_ problem: Strassen, _ schedule: Strassen.Schedule, at site: LoweringSite) -> LoweredSteps {
    var problem = problem
    problem.convolution.epilogue.gathersMoments = givesStatistics
    return gathering(problem.moments, at: site) { epilogue, temporaries in
      LoweredSteps(
        problem, schedule, input: Self.inputIndex, filter: Self.weightIndex, epilogue: epilogue,
        replaced: replaceableOperand(at: site), temporaries: temporaries, machine: site.machine)
    }
  }

  /// Steps that gather statistics on their way if they are given, and then one that combines them.
  /// - Parameter steps: Is told the operands of the epilogue, and the temporaries among them.
  private func gathering(
    _ moments: PartialMoments, at site: LoweringSite,
    by steps: (_ epilogue: [LoweredStep.Operand], _ temporaries: [LoweredSteps.Temporary]) -> LoweredSteps
  ) -> LoweredSteps {
    guard givesStatistics else { return steps(epilogueOperands(at: site), []) }
    var lowered = steps(
      epilogueOperands(at: site) + [.temporary(0)], [.init(byteCount: moments.byteCount(batch: site.largestBatch))])
    lowered.steps.append(LoweredStep(combining: moments, in: 0, to: Self.statisticsIndices))
    return lowered
  }

  /// After steps that compute the result alone, a sweep that gathers statistics of it, if they are given.
  private func sweepingStatistics(of steps: LoweredSteps, at site: LoweringSite) -> LoweredSteps {
    guard givesStatistics else { return steps }
    let statistics = Kernels.BatchStatistics(
      input: site.resultLayout, lanes: site.machine.vectorLanes, largestBatch: site.largestBatch)
    let partials = steps.temporaries.count
    var steps = steps
    steps.temporaries.append(.init(byteCount: statistics.moments.byteCount(batch: site.largestBatch)))
    steps.steps += [
      LoweredStep(gathering: statistics, of: .result, into: partials),
      LoweredStep(combining: statistics.moments, in: partials, to: Self.statisticsIndices),
    ]
    return steps
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
