import GraphIR
import Kernels

extension SoftmaxCrossEntropy: MultiStepLowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { nil }

  /// The losses of the images, then their mean.
  package func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps {
    let kernel = SoftmaxCrossEntropyKernel(
      classes: site.layout(0).channels, smoothing: target.smoothing, lanes: site.machine.vectorLanes)
    let losses = LoweredStep(
      key: Stage(kernel: kernel, number: 0), kernelName: "crossEntropy_\(kernel.classes)",
      operands: [.operand(0), .operand(1), .temporary(0)], chunksPerGroup: 1
    ) { kernel.lossKernel(named: $0) }
    let mean = LoweredStep(
      key: Stage(kernel: kernel, number: 2), kernelName: "mean", operands: [.temporary(0), .result], chunksPerGroup: 1,
      imagesPerGroup: nil
    ) { kernel.meanKernel(named: $0) }
    return LoweredSteps([losses, mean], temporaries: [.init(byteCount: 8, isPerImage: true)])
  }
}
