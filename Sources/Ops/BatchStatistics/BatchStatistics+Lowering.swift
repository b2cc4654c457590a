import GraphIR
import Kernels

extension BatchStatistics: MultiStepLowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { .ofFeatures(site.operandTypes[operand]) }

  /// Partial results of groups of images, then their combination.
  package func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps {
    let kernel = Kernels.BatchStatistics(
      input: site.layout(0), lanes: site.machine.vectorLanes, largestBatch: site.largestBatch)
    let chunks = kernel.chunks
    let partial = LoweredStep(
      key: Stage(kernel: kernel, number: 0), kernelName: "statistics", operands: [.operand(0), .temporary(0)],
      chunksPerGroup: chunks.chunksPerGroup, imagesPerGroup: chunks.imagesPerChunk
    ) { kernel.partialKernel(named: $0) }
    let combination = LoweredStep(
      key: Stage(kernel: kernel, number: 1), kernelName: "moments",
      operands: [.temporary(0), .result(0), .result(1), .result(2)], chunksPerGroup: kernel.combinationChunkCount,
      imagesPerGroup: nil
    ) { kernel.combinationKernel(named: $0) }
    let groupCount = chunks.groupCount(batch: site.largestBatch)
    return LoweredSteps(
      [partial, combination], temporaries: [.init(byteCount: 4 * groupCount * kernel.partialElementCount)])
  }
}
