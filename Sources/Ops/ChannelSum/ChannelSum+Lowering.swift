import GraphIR
import Kernels

extension ChannelSum: MultiStepLowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { .ofFeatures(site.operandTypes[operand]) }

  /// Sums over groups of images, then their sum.
  package func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps {
    let (input, lanes) = (site.layout(0), site.machine.vectorLanes)
    let sums = ChannelSums(
      operands: [.tensor(input)], layout: input, sumCount: 1, lanes: lanes, largestBatch: site.largestBatch)
    let partials = LoweredStep(
      key: Stage(kernel: sums, number: 0), kernelName: Self.mnemonic, operands: [.operand(0), .temporary(0)],
      chunksPerGroup: sums.chunks.chunksPerGroup, imagesPerGroup: sums.chunks.imagesPerChunk
    ) { name in
      sums.kernel(named: name) { operands, _ in .init(summands: operands) }
    }
    let total = PartialSum(
      elementCount: sums.partialElementCount, imagesPerPartial: sums.chunks.imagesPerChunk, lanes: lanes)
    let groupCount = sums.chunks.groupCount(batch: site.largestBatch)
    return LoweredSteps(
      [partials, LoweredStep(adding: total)],
      temporaries: [.init(byteCount: 4 * groupCount * sums.partialElementCount)])
  }
}
