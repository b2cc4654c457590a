import GraphIR
import Kernels

extension PadChannels: Lowerable {
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    Rearrangement(
      sources: [.init(layout: site.layout(0), firstChannel: front)], output: site.resultLayout
    ).step(named: "padChannels")
  }
}
