import GraphIR
import Kernels

extension AdaptiveAveragePool: Lowerable {
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    PoolingKernel(
      input: site.layout(0), output: site.resultLayout, rowWindow: .adaptive, columnWindow: .adaptive,
      reduction: .average(countsPadding: false)
    ).step
  }
}
