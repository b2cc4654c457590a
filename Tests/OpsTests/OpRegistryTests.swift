import Ops
import Testing

struct OpRegistryTests {
  @Test func namesAreDistinct() {
    let mnemonics = OpRegistry.entries.map { $0.op.mnemonic }
    let functions = OpRegistry.entries.flatMap(\.surfaces).map(\.name)
    #expect(Set(mnemonics).count == mnemonics.count)
    #expect(Set(functions).count == functions.count)
  }

  @Test func entriesAreInAlphabeticalOrder() {
    let names = OpRegistry.entries.map { "\($0.op)" }
    #expect(names == names.sorted())
  }

  /// A pipeline supplies the first parameter, and labelled ones come last, so that calls read alike.
  @Test func surfacesTakeTheirTensorFirst() {
    for surface in OpRegistry.surfaces.values {
      let kinds = surface.parameters.map(\.kind)
      #expect(kinds.first == .tensor || kinds.first == .tensors, "\(surface.name)")
      let labelled = surface.parameters.map(\.isLabelled)
      #expect(labelled == labelled.filter { !$0 } + labelled.filter { $0 }, "\(surface.name)")
    }
  }
}
