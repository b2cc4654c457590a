import GraphIR
import Kernels

extension SoftmaxGradient: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { nil }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let kernel = SoftmaxGradientKernel(channels: site.resultLayout.channels, lanes: site.machine.vectorLanes)
    return LoweredStep(
      key: kernel, kernelName: Self.mnemonic, operands: [.operand(0), .operand(1), .result], chunksPerGroup: 1,
      inPlaceOperand: 0
    ) { kernel.kernel(named: $0) }
  }
}
