import GraphIR
import Kernels

extension LoweredStep {
  /// The step that copies a tensor from one layout to another. Operands: input, output.
  init(converting input: TensorLayout, to output: TensorLayout, lanes: Int) {
    switch (input, output) {
    case (.image(let input), .image(let output)):
      let conversion = Conversion(input: input, output: output)
      self.init(
        key: conversion, kernelName: "layout", operands: [.operand(0), .result],
        chunksPerGroup: conversion.chunksPerImage
      ) { conversion.kernel(named: $0, lanes: lanes) }
    case (.filter(let filter), .filter(let transposed)):
      let transposition = FilterTransposition(source: filter, groups: transposed.outputs / filter.inputs)
      self.init(
        key: transposition, kernelName: "transpose", operands: [.operand(0), .result],
        chunksPerGroup: transposition.chunkCount, imagesPerGroup: nil
      ) { transposition.kernel(named: $0) }
    case (.filter(let filter), .vector):
      let unpacking = FilterUnpacking(filter)
      self.init(
        key: unpacking, kernelName: "unpack", operands: [.operand(0), .result], chunksPerGroup: filter.outputBlocks,
        imagesPerGroup: nil
      ) { unpacking.kernel(named: $0) }
    case (.vector(let count, _), .vector):
      let copy = VectorCopy(count: count, lanes: lanes)
      self.init(
        key: copy, kernelName: "copy", operands: [.operand(0), .result], chunksPerGroup: 1, imagesPerGroup: nil
      ) { copy.kernel(named: $0) }
    default: preconditionFailure("no consumer asks for \(input) as \(output)")
    }
  }
}
