import GraphIR
import Kernels

extension GlobalAveragePoolGradient: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { .ofFeatures(site.operandTypes[operand]) }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let pooling = PoolingKernel(
      input: site.resultLayout, output: site.layout(0), rowWindow: .adaptive, columnWindow: .adaptive,
      reduction: .average(countsPadding: false))
    return PoolingGradient(pooling, output: site.resultLayout).step
  }
}
