import GraphIR
import Kernels

extension MaxPoolGradient: Lowerable {
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let pooling = PoolingKernel(
      input: site.layout(1), output: site.layout(0), rowWindow: pooling.window.rows.pooling,
      columnWindow: pooling.window.columns.pooling, reduction: .maximum)
    return PoolingGradient(pooling, output: site.resultLayout).step
  }
}
