import GraphIR
import Kernels

extension LoweredSteps {
  /// The steps of a 1x1 convolution by Strassen's algorithm: the sums of a filter under training, and the rest.
  /// - Parameters:
  ///   - filter: The node's operand that holds the filter.
  ///   - epilogue: Bias, residual, slope and partial moments: those that there are.
  ///   - replaced: An operand that the result may overwrite.
  ///   - temporaries: Those that the epilogue names.
  init(
    _ strassen: Strassen, _ schedule: Strassen.Schedule, input: Int, filter: Int,
    epilogue: [LoweredStep.Operand] = [], replaced: Int? = nil, temporaries: [Temporary] = [], machine: Machine
  ) {
    let shape = strassen.convolution.shapeName
    var steps: [LoweredStep] = []
    var temporaries = temporaries
    var filters = LoweredStep.Operand.packed(filter, Strassen.FilterPacking(strassen, schedule))
    if strassen.convolution.filter != nil {
      filters = .temporary(temporaries.count)
      temporaries.append(Temporary(byteCount: 4 * strassen.filterElementCount))
      steps.append(
        LoweredStep(
          key: Stage(kernel: Scheduled(problem: strassen, schedule: schedule), number: 0),
          kernelName: "strassen_filter_" + shape, operands: [.operand(filter), filters],
          chunksPerGroup: strassen.filterChunks, imagesPerGroup: nil
        ) { strassen.filterKernel(named: $0, schedule: schedule) })
    }
    let scratch = LoweredStep.Operand.scratch(byteCount: 4 * strassen.scratchElementCount(schedule))
    steps.append(
      LoweredStep(
        key: Scheduled(problem: strassen, schedule: schedule), kernelName: "strassen_" + shape,
        operands: [.operand(input), filters] + epilogue + [scratch, .result], chunksPerGroup: strassen.chunkCount,
        inPlaceOperand: replaced
      ) { strassen.kernel(named: $0, schedule: schedule, machine: machine) })
    self.init(steps, temporaries: temporaries, mainStep: steps.count - 1)
  }
}
