import GraphIR
import Kernels

extension AdaptiveMaxPoolGradient: Lowerable {
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let pooling = PoolingKernel(
      input: site.layout(1), output: site.layout(0), rowWindow: .adaptive, columnWindow: .adaptive, reduction: .maximum)
    return PoolingGradient(pooling, output: site.resultLayout).step
  }
}
