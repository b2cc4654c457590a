import GraphIR
import Kernels

extension Conv2D {
  /// The steps of Winograd's algorithm: one, or the transform of the input and the rest.
  func steps(_ winograd: Winograd, _ schedule: Winograd.Schedule, at site: LoweringSite) -> LoweredSteps {
    let machine = site.machine
    let name = "winograd\(winograd.vertical.outputs)x\(winograd.horizontal.outputs)"
    let filters = LoweredStep.Operand.packed(Self.weightIndex, Winograd.FilterPacking(winograd, schedule))
    let scratch = LoweredStep.Operand.scratch(byteCount: 4 * winograd.scratchElementCount(schedule))
    let epilogue = epilogueOperands(at: site)
    let replaced = replaceableOperand(at: site)
    if schedule.isFused {
      let step = LoweredStep(
        key: WinogradKey(part: .whole, problem: winograd, schedule: schedule),
        kernelName: name + shape(winograd.convolution),
        operands: [.operand(Self.inputIndex), filters] + epilogue + [scratch, .result],
        chunksPerGroup: winograd.fusedChunks(schedule), inPlaceOperand: replaced
      ) { winograd.fusedKernel(named: $0, schedule: schedule, machine: machine) }
      return LoweredSteps([step])
    }
    let input = LoweredStep(
      key: WinogradKey(part: .input, problem: winograd, schedule: schedule),
      kernelName: name + "_input" + shape(winograd.convolution),
      operands: [.operand(Self.inputIndex), .temporary(0)], chunksPerGroup: schedule.inputChunks
    ) { winograd.inputKernel(named: $0, schedule: schedule) }
    let products = LoweredStep(
      key: WinogradKey(part: .products, problem: winograd, schedule: schedule),
      kernelName: name + shape(winograd.convolution),
      operands: [.temporary(0), filters] + epilogue + [scratch, .result],
      chunksPerGroup: winograd.productChunks(schedule), imagesPerGroup: schedule.imagesPerChunk,
      inPlaceOperand: replaced
    ) { winograd.productKernel(named: $0, schedule: schedule, machine: machine) }
    let transformed = LoweredSteps.Temporary(
      byteCount: 4 * winograd.transformedElementCount(schedule), isPerImage: true)
    return LoweredSteps([input, products], temporaries: [transformed], mainStep: 1)
  }

  /// What the code of a step of Winograd's algorithm depends on.
  private struct WinogradKey: Hashable {
    enum Part { case whole, input, products }

    var part: Part
    var problem: Winograd
    var schedule: Winograd.Schedule
  }
}
