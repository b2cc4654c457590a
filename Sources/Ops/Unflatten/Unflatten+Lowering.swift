import GraphIR
import Kernels

extension Unflatten: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { nil }

  /// In memory the operand is the result in plain order.
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    var plain = site.resultLayout
    plain.channelBlock = 1
    plain.columnHalo = 0
    let conversion = Conversion(input: plain, output: site.resultLayout)
    let lanes = site.machine.vectorLanes
    return LoweredStep(
      key: conversion, kernelName: "unflatten", operands: [.operand(0), .result],
      chunksPerGroup: conversion.chunksPerImage
    ) { conversion.kernel(named: $0, lanes: lanes) }
  }
}
