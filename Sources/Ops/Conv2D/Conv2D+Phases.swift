import GraphIR
import Kernels

extension Conv2D {
  /// The image's phases, then Winograd's algorithm in one step.
  func steps(
    _ split: PhaseSplit, _ winograd: Winograd, _ schedule: Winograd.Schedule, at site: LoweringSite
  ) -> LoweredSteps {
    let phases = LoweredStep(
      key: split, kernelName: "phases_" + split.convolution.shapeName,
      operands: [.operand(Self.inputIndex), .temporary(0)], chunksPerGroup: split.chunksPerImage
    ) { split.kernel(named: $0) }
    let packing = PhaseSplit.FilterPacking(split, Winograd.FilterPacking(winograd, schedule))
    let result = LoweredStep(
      winograd, schedule, source: .temporary(0), filters: .packed(Self.weightIndex, packing),
      epilogue: epilogueOperands(at: site), replaced: replaceableOperand(at: site), machine: site.machine)
    let image = LoweredSteps.Temporary(byteCount: 4 * split.dense.input.elementCount, isPerImage: true)
    return LoweredSteps([phases, result], temporaries: [image], mainStep: 1)
  }
}
