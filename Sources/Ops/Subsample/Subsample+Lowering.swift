import GraphIR
import Kernels

extension Subsample: Lowerable {
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    Rearrangement(
      sources: [.init(layout: site.layout(0), firstChannel: 0)], output: site.resultLayout,
      step: (stride.rows, stride.columns)
    ).step(named: "subsample")
  }
}
