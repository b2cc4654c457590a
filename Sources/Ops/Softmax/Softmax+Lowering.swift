import GraphIR
import Kernels

extension Softmax: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { nil }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let kernel = SoftmaxKernel(channels: site.resultLayout.channels, lanes: site.machine.vectorLanes)
    return LoweredStep(
      key: kernel, kernelName: "softmax_\(kernel.channels)", operands: [.operand(0), .result], chunksPerGroup: 1,
      inPlaceOperand: 0
    ) { kernel.kernel(named: $0) }
  }
}
