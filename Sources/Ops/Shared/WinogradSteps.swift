import GraphIR
import Kernels

extension LoweredSteps {
  /// The steps of Winograd's algorithm: the transform of a filter under training, the transform of the input where that
  /// is a step of its own, and the rest.
  /// - Parameters:
  ///   - filter: The node's operand that holds the filter.
  ///   - epilogue: Bias, residual and slope: those that there are.
  ///   - replaced: An operand that the result may overwrite.
  init(
    _ winograd: Winograd, _ schedule: Winograd.Schedule, input: Int, filter: Int,
    epilogue: [LoweredStep.Operand] = [], replaced: Int? = nil, machine: Machine, largestBatch: Int
  ) {
    let name = winograd.name
    let shape = "_" + winograd.convolution.shapeName
    func key(_ part: WinogradKey.Part) -> WinogradKey {
      WinogradKey(part: part, problem: winograd, schedule: schedule)
    }
    var steps: [LoweredStep] = []
    var temporaries: [Temporary] = []
    func makeTemporary(elementCount: Int, isPerImage: Bool) -> LoweredStep.Operand {
      temporaries.append(Temporary(byteCount: 4 * elementCount, isPerImage: isPerImage))
      return .temporary(temporaries.count - 1)
    }

    var filters = LoweredStep.Operand.operand(filter)
    if winograd.convolution.filter == nil {
      filters = .packed(filter, Winograd.FilterPacking(winograd, schedule))
    } else if !schedule.transformsFilters {
      filters = makeTemporary(elementCount: winograd.filterElementCount, isPerImage: false)
      steps.append(
        LoweredStep(
          key: key(.filter), kernelName: name + "_filter" + shape, operands: [.operand(filter), filters],
          chunksPerGroup: winograd.filterChunks, imagesPerGroup: nil
        ) { winograd.filterKernel(named: $0, schedule: schedule) })
    }
    var source = LoweredStep.Operand.operand(input)
    if !schedule.isFused {
      let groups = (largestBatch + schedule.imagesPerGroup - 1) / schedule.imagesPerGroup
      let isPerImage = schedule.imagesPerGroup == 1
      source = makeTemporary(
        elementCount: winograd.transformedElementCount(schedule) * (isPerImage ? 1 : groups), isPerImage: isPerImage)
      steps.append(
        LoweredStep(
          key: key(.input), kernelName: name + "_input" + shape, operands: [.operand(input), source],
          chunksPerGroup: schedule.inputChunks
        ) { winograd.inputKernel(named: $0, schedule: schedule) })
    }
    steps.append(
      LoweredStep(
        winograd, schedule, source: source, filters: filters, epilogue: epilogue, replaced: replaced, machine: machine))
    self.init(steps, temporaries: temporaries, mainStep: steps.count - 1)
  }
}

extension LoweredStep {
  /// The step of Winograd's algorithm that writes the result, from the input or, where a step before transforms it, from
  /// the transformed one.
  init(
    _ winograd: Winograd, _ schedule: Winograd.Schedule, source: Operand, filters: Operand, epilogue: [Operand],
    replaced: Int?, machine: Machine
  ) {
    let scratch = Operand.scratch(byteCount: 4 * winograd.scratchElementCount(schedule))
    self.init(
      key: WinogradKey(part: .result, problem: winograd, schedule: schedule),
      kernelName: "\(winograd.name)_\(winograd.convolution.shapeName)",
      operands: [source, filters] + epilogue + [scratch, .result], chunksPerGroup: winograd.resultChunks(schedule),
      imagesPerGroup: schedule.imagesPerGroup, inPlaceOperand: replaced
    ) { winograd.resultKernel(named: $0, schedule: schedule, machine: machine) }
  }
}

extension Winograd {
  fileprivate var name: String { "winograd\(vertical.outputs)x\(horizontal.outputs)" }
}

/// What the code of a step depends on.
private struct WinogradKey: Hashable {
  enum Part { case filter, input, result }

  var part: Part
  var problem: Winograd
  var schedule: Winograd.Schedule
}

extension Convolution {
  /// Channels in and out, and the size of the output, for the names of kernels.
  var shapeName: String { "\(input.channels)_\(output.channels)_\(output.rows)x\(output.columns)" }
}
