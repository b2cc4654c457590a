import GraphIR
import Kernels

extension PoolingKernel {
  /// The step of a pooling op with one operand.
  var step: LoweredStep {
    LoweredStep(
      key: self, kernelName: "pool_\(input.channels)_\(output.rows)x\(output.columns)",
      operands: [.operand(0), .result], chunksPerGroup: chunksPerImage
    ) { kernel(named: $0) }
  }
}

extension SlidingWindow {
  /// The same window as kernels slide it.
  var pooling: PoolingKernel.Window {
    .sliding(size: kernel, stride: stride, paddingBefore: paddingBefore, paddingAfter: paddingAfter)
  }
}
