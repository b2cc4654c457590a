import GraphIR
import Kernels

extension RandomDropout: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? {
    operand == 0 ? .ofFeatures(site.operandTypes[0]) : nil
  }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let choice = DropoutChoice(rate: rate, salt: salt)
    let kernel = DropoutKernel(
      input: site.layout(0), output: site.resultLayout,
      mixing: .init(multipliers: DropoutChoice.multipliers, shifts: DropoutChoice.shifts), salt: choice.mixedSalt,
      threshold: choice.threshold, scale: choice.scale, lanes: site.machine.vectorLanes)
    return LoweredStep(
      key: kernel, kernelName: Self.mnemonic, operands: [.operand(0), .operand(1), .result],
      chunksPerGroup: kernel.chunksPerImage, inPlaceOperand: site.layout(0) == site.resultLayout ? 0 : nil
    ) { kernel.kernel(named: $0) }
  }
}
