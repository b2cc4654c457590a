import GraphIR
import Kernels

extension LoweredStep {
  /// A sweep that gathers statistics of a tensor by groups of images into a temporary.
  init(gathering statistics: Kernels.BatchStatistics, of tensor: Operand, into temporary: Int) {
    self.init(
      key: Stage(kernel: statistics, number: 0), kernelName: "statistics", operands: [tensor, .temporary(temporary)],
      chunksPerGroup: statistics.chunks.chunksPerGroup, imagesPerGroup: statistics.chunks.imagesPerChunk
    ) { statistics.partialKernel(named: $0) }
  }

  /// The combination of the parts in a temporary to three results: mean, variance and sample variance.
  init(combining moments: PartialMoments, in temporary: Int, to results: [Int]) {
    self.init(
      key: moments, kernelName: "moments", operands: [.temporary(temporary)] + results.map(Operand.result),
      chunksPerGroup: moments.combinationChunkCount, imagesPerGroup: nil
    ) { moments.combinationKernel(named: $0) }
  }
}
