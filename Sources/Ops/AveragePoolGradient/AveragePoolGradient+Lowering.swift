import GraphIR
import Kernels

extension AveragePoolGradient: Lowerable {
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let pooling = PoolingKernel(
      input: site.resultLayout, output: site.layout(0), rowWindow: pooling.window.rows.pooling,
      columnWindow: pooling.window.columns.pooling, reduction: .average(countsPadding: countPadding))
    return PoolingGradient(pooling, output: site.resultLayout).step
  }
}
