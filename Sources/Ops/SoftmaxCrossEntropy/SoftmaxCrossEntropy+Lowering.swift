import GraphIR
import Kernels

extension SoftmaxCrossEntropy: MultiStepLowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { nil }

  /// The losses of the images, then their mean.
  package func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps {
    let kernel = CrossEntropyKernel(
      classes: site.layout(0).channels, smoothing: target.smoothing, lanes: site.machine.vectorLanes)
    let losses = LoweredStep(
      key: Stage(kernel: kernel, number: 0), kernelName: "crossEntropy_\(kernel.classes)",
      operands: [.operand(0), .operand(1), .temporary(0)], chunksPerGroup: 1
    ) { kernel.lossKernel(named: $0) }
    let mean = LoweredStep(
      key: "crossEntropyMean", kernelName: "mean", operands: [.temporary(0), .result], chunksPerGroup: 1,
      imagesPerGroup: nil
    ) { CrossEntropyKernel.meanKernel(named: $0) }
    return LoweredSteps([losses, mean], temporaries: [.init(byteCount: 8, isPerImage: true)])
  }
}
