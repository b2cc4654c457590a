import GraphIR
import Kernels

extension BatchNormGradient: MultiStepLowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { .ofFeatures(site.operandTypes[operand]) }

  /// Sums over groups of images; their combination, which gives the sweep's coefficients; the sweep.
  package func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps {
    let lanes = site.machine.vectorLanes
    let (dy, x) = (site.layout(0), site.layout(1))
    let tensors: [ElementwiseKernel.Operand] = [.tensor(dy), .tensor(x), .perChannel]
    let sums = ChannelSums(
      operands: tensors, layout: x, sumCount: 2, lanes: lanes, largestBatch: site.largestBatch)
    let gradient = Kernels.BatchNormGradient(input: x, lanes: lanes, epsilon: epsilon, chunks: sums.chunks)
    let sweep = ElementwiseKernel(
      operands: tensors + [.perChannel, .perChannel, .perChannel], output: site.resultLayout, lanes: lanes)
    func perChannel(_ operand: Int) -> LoweredStep.Operand {
      site.perChannel(operand, channels: x.channels, width: lanes)
    }
    let summation = LoweredStep(
      key: Stage(kernel: sums, number: 0), kernelName: "batchNormSums",
      operands: [.operand(0), .operand(1), perChannel(3), .temporary(0)], chunksPerGroup: sums.chunks.chunksPerGroup,
      imagesPerGroup: sums.chunks.imagesPerChunk
    ) { name in
      sums.kernel(named: name) { operands, _ in
        .init(
          summands: Kernels.BatchNormGradient.summands(gradient: operands[0], x: operands[1], mean: operands[2]))
      }
    }
    let combination = LoweredStep(
      key: Stage(kernel: gradient, number: 1), kernelName: "batchNormCoefficients",
      operands: [
        .temporary(0), perChannel(2), perChannel(4), .result(1), .result(2), .temporary(1), .temporary(2),
        .temporary(3),
      ], chunksPerGroup: gradient.combinationChunkCount, imagesPerGroup: nil
    ) { gradient.combinationKernel(named: $0) }
    let application = LoweredStep(
      key: Stage(kernel: sweep, number: 2), kernelName: "batchNormGradient",
      operands: [.operand(0), .operand(1), perChannel(3), .temporary(1), .temporary(2), .temporary(3), .result(0)],
      chunksPerGroup: sweep.chunksPerImage, inPlaceOperand: dy == site.resultLayout ? 0 : nil
    ) { name in
      sweep.kernel(named: name) { operands, _ in
        Kernels.BatchNormGradient.lane(
          gradient: operands[0], x: operands[1], mean: operands[2], scale: operands[3], slope: operands[4],
          offset: operands[5])
      }
    }
    let groupCount = sums.chunks.groupCount(batch: site.largestBatch)
    let vector = LoweredSteps.Temporary(byteCount: 4 * sums.chunks.vectorCount * lanes)
    return LoweredSteps(
      [summation, combination, application],
      temporaries: [.init(byteCount: 4 * groupCount * sums.partialElementCount), vector, vector, vector])
  }
}
