import GraphIR
import Kernels

extension Spread: Lowerable {
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let kernel = SpreadKernel(
      input: site.layout(0), output: site.resultLayout, step: (stride.rows, stride.columns))
    return LoweredStep(
      key: kernel, kernelName: Self.mnemonic, operands: [.operand(0), .result], chunksPerGroup: kernel.chunksPerImage
    ) { kernel.kernel(named: $0) }
  }
}
