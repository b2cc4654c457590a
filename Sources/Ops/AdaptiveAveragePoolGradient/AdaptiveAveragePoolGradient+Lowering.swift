import GraphIR
import Kernels

extension AdaptiveAveragePoolGradient: Lowerable {
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let pooling = PoolingKernel(
      input: site.resultLayout, output: site.layout(0), rowWindow: .adaptive, columnWindow: .adaptive,
      reduction: .average(countsPadding: false))
    return PoolingGradient(pooling, output: site.resultLayout).step
  }
}
