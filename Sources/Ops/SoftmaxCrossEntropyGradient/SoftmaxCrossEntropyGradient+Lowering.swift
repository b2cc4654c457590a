import GraphIR
import Kernels

extension SoftmaxCrossEntropyGradient: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { nil }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let lanes = site.machine.vectorLanes
    let kernel = SoftmaxCrossEntropyKernel(
      classes: site.layout(0).channels, smoothing: target.smoothing, lanes: lanes)
    return LoweredStep(
      key: Stage(kernel: kernel, number: 1),
      kernelName: "crossEntropyGradient_\(kernel.classes)",
      operands: [.operand(0), .operand(1), site.perChannel(2, channels: 1, width: lanes), .result], chunksPerGroup: 1
    ) { kernel.gradientKernel(named: $0) }
  }
}
