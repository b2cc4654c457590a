import GraphIR
import Kernels

extension ConvWeightGradient {
  /// The two steps of Winograd's algorithm.
  func steps(
    _ winograd: WinogradWeightGradient, _ schedule: WinogradWeightGradient.Schedule, at site: LoweringSite
  ) -> LoweredSteps {
    let name = "winograd_gradient_\(winograd.problem.input.channels)_\(winograd.problem.gradient.channels)"
    let scratch = LoweredStep.Operand.scratch(byteCount: 4 * winograd.scratchElementCount(schedule))
    let steps = winograd.steps(schedule, machine: site.machine, largestBatch: site.largestBatch)
    let lowered = steps.enumerated().map { number, step in
      LoweredStep(
        key: WinogradKey(winograd: winograd, schedule: schedule, largestBatch: site.largestBatch, step: number),
        kernelName: "\(name)_\(number)",
        operands: step.operands.map { operand in
          switch operand {
          case .input: .operand(0)
          case .gradient: .operand(1)
          case .temporary(let index): .temporary(index)
          case .scratch: scratch
          case .result: .result
          }
        },
        chunksPerGroup: step.chunksPerGroup, imagesPerGroup: step.imagesPerGroup, makeKernel: step.kernel)
    }
    return LoweredSteps(
      lowered,
      temporaries: winograd.temporaryElementCounts(schedule, largestBatch: site.largestBatch).map {
        .init(byteCount: 4 * $0)
      }, mainStep: winograd.mainStep(schedule))
  }

  /// What the code of a step depends on.
  private struct WinogradKey: Hashable {
    var winograd: WinogradWeightGradient
    var schedule: WinogradWeightGradient.Schedule
    var largestBatch: Int
    var step: Int
  }
}
