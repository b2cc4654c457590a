import GraphIR
import Kernels

extension PoolingGradient {
  /// The step of a pooling's gradient, whose operands are dy and, for a maximum, what was pooled.
  var step: LoweredStep {
    LoweredStep(
      key: self, kernelName: "poolGradient_\(output.channels)_\(output.rows)x\(output.columns)",
      operands: [.operand(0)] + (pooling.reduction == .maximum ? [.operand(1)] : []) + [.result],
      chunksPerGroup: chunksPerImage
    ) { kernel(named: $0) }
  }
}
