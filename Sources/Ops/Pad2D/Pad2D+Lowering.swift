import GraphIR
import Kernels

extension Pad2D: Lowerable {
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    Rearrangement(
      sources: [.init(layout: site.layout(0), firstChannel: 0)], output: site.resultLayout,
      offset: (padding.top, padding.left)
    ).step(named: "pad")
  }
}
