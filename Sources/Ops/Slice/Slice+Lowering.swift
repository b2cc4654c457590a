import GraphIR
import Kernels

extension Slice: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { .ofFeatures(site.operandTypes[operand]) }

  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let (row, column) = start.count == 3 ? (start[1], start[2]) : (0, 0)
    return Rearrangement(
      sources: [.init(layout: site.layout(0), firstChannel: -start[0])], output: site.resultLayout,
      offset: (-row, -column)
    ).step(named: Self.mnemonic)
  }
}
