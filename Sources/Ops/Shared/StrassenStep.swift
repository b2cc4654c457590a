import GraphIR
import Kernels

extension LoweredStep {
  /// The step of a 1x1 convolution by Strassen's algorithm.
  /// - Parameters:
  ///   - filter: The node's operand that holds the filter.
  ///   - epilogue: Bias, residual and slope: those that there are.
  ///   - replaced: An operand that the result may overwrite.
  init(
    _ strassen: Strassen, _ schedule: Strassen.Schedule, input: Int, filter: Int, epilogue: [Operand], replaced: Int?,
    machine: Machine
  ) {
    let scratch = Operand.scratch(byteCount: 4 * strassen.scratchElementCount(schedule))
    self.init(
      key: Scheduled(problem: strassen, schedule: schedule), kernelName: "strassen_\(strassen.convolution.shapeName)",
      operands: [.operand(input), .packed(filter, Strassen.FilterPacking(strassen, schedule))] + epilogue
        + [scratch, .result],
      chunksPerGroup: strassen.chunkCount, inPlaceOperand: replaced
    ) { strassen.kernel(named: $0, schedule: schedule, machine: machine) }
  }
}
