import GraphIR
import Kernels

extension AdaptiveMaxPool: Lowerable {
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    PoolingKernel(
      input: site.layout(0), output: site.resultLayout, rowWindow: .adaptive, columnWindow: .adaptive,
      reduction: .maximum
    ).step
  }
}
