import GraphIR
import Kernels

extension Flatten: Lowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { nil }

  /// In memory the result is the input in plain order.
  package func lower(at site: LoweringSite) throws(OpError) -> LoweredStep {
    let input = site.layout(0)
    var plain = input
    plain.channelBlock = 1
    plain.columnHalo = 0
    let conversion = Conversion(input: input, output: plain)
    let lanes = site.machine.vectorLanes
    return LoweredStep(
      key: conversion, kernelName: "flatten", operands: [.operand(0), .result],
      chunksPerGroup: conversion.chunksPerImage
    ) { conversion.kernel(named: $0, lanes: lanes) }
  }
}
