import GraphIR
import Kernels

extension Rearrangement {
  /// The step of an op whose operands are the sources in order.
  func step(named stem: String) -> LoweredStep {
    LoweredStep(
      key: self, kernelName: stem, operands: sources.indices.map { .operand($0) } + [.result],
      chunksPerGroup: chunksPerImage
    ) { kernel(named: $0) }
  }
}
