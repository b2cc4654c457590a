import GraphIR
import Kernels

extension BatchStatistics: MultiStepLowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { .ofFeatures(site.operandTypes[operand]) }

  /// Partial results of groups of images, then their combination.
  package func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps {
    let kernel = Kernels.BatchStatistics(
      input: site.layout(0), lanes: site.machine.vectorLanes, largestBatch: site.largestBatch)
    let results = [Self.meanIndex, Self.varianceIndex, Self.sampleVarianceIndex]
    return LoweredSteps(
      [
        LoweredStep(gathering: kernel, of: .operand(0), into: 0),
        LoweredStep(combining: kernel.moments, in: 0, to: results),
      ], temporaries: [.init(byteCount: kernel.moments.byteCount(batch: site.largestBatch))])
  }
}
