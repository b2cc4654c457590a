import GraphIR
import Kernels

extension Concat: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? {
    LayoutDemand(site.resultLayout.isBlocked ? .blocked : .plain)
  }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    var channel = 0
    let sources = site.operandTypes.indices.map { operand in
      defer { channel += site.layout(operand).channels }
      return Rearrangement.Source(layout: site.layout(operand), firstChannel: channel)
    }
    return Rearrangement(sources: sources, output: site.resultLayout).step(named: "concat")
  }
}
