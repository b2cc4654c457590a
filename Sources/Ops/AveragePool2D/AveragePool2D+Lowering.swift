import GraphIR
import Kernels

extension AveragePool2D: Lowerable {
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    PoolingKernel(
      input: site.layout(0), output: site.resultLayout, rowWindow: pooling.window.rows.pooling,
      columnWindow: pooling.window.columns.pooling, reduction: .average(countsPadding: countPadding)
    ).step
  }
}
