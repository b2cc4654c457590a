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
    let name = "winograd\(winograd.vertical.outputs)x\(winograd.horizontal.outputs)"
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
    let scratch = LoweredStep.Operand.scratch(byteCount: 4 * winograd.scratchElementCount(schedule))
    steps.append(
      LoweredStep(
        key: key(.result), kernelName: name + shape, operands: [source, filters] + epilogue + [scratch, .result],
        chunksPerGroup: winograd.resultChunks(schedule), imagesPerGroup: schedule.imagesPerGroup,
        inPlaceOperand: replaced
      ) { winograd.resultKernel(named: $0, schedule: schedule, machine: machine) })
    self.init(steps, temporaries: temporaries, mainStep: steps.count - 1)
  }
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
