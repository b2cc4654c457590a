import GraphIR
import Kernels
import LoopIR

extension BatchNormGradient: MultiStepLowerable {
  package func demand(operand: Int, at site: LoweringSite) -> LayoutDemand? { .ofFeatures(site.operandTypes[operand]) }

  /// Sums over groups of images; their combination, which gives the sweep's coefficients; the sweep. The gradient of the
  /// batch norm's result is computed in both sweeps, unless it is wanted itself: then the first stores it.
  package func steps(at site: LoweringSite) throws(OpError) -> LoweredSteps {
    let lanes = site.machine.vectorLanes
    let x = site.layout(Self.inputIndex)
    let sums = ChannelSums(
      operands: sources.map { kind(of: $0, at: site) }, layout: gradientLayout(at: site) ?? x,
      storesValue: givesGradient, sumCount: 2, lanes: lanes, largestBatch: site.largestBatch)
    let kernel = Kernels.BatchNormGradient(input: x, lanes: lanes, epsilon: epsilon, chunks: sums.chunks)
    let combination = LoweredStep(
      key: Stage(kernel: kernel, number: 1), kernelName: "batchNormCoefficients",
      operands: [.temporary(0), operand(Self.weightIndex, at: site), operand(Self.varianceIndex, at: site)]
        + [.result(1), .result(2)] + Self.coefficients,
      chunksPerGroup: kernel.combinationChunkCount, imagesPerGroup: nil
    ) { kernel.combinationKernel(named: $0) }
    let groupCount = sums.chunks.groupCount(batch: site.largestBatch)
    let vector = LoweredSteps.Temporary(byteCount: 4 * sums.chunks.vectorCount * lanes)
    return LoweredSteps(
      [summation(sums, at: site), combination, application(at: site)],
      temporaries: [.init(byteCount: 4 * groupCount * sums.partialElementCount), vector, vector, vector])
  }

  private static let coefficients: [LoweredStep.Operand] = [.temporary(1), .temporary(2), .temporary(3)]

  private func summation(_ sums: ChannelSums, at site: LoweringSite) -> LoweredStep {
    let replaceable = gradientLayout(at: site) == site.layout(Self.gradientIndex)
    return LoweredStep(
      key: Scheduled(problem: self, schedule: sums), kernelName: "batchNormSums" + suffix,
      operands: sources.map { operand($0, at: site) } + (givesGradient ? [.result(3)] : []) + [.temporary(0)],
      chunksPerGroup: sums.chunks.chunksPerGroup, imagesPerGroup: sums.chunks.imagesPerChunk,
      inPlaceOperand: replaceable ? Self.gradientIndex : nil
    ) { [self] name in
      sums.kernel(named: name) { values, builder in
        let gradient = gradient(values, in: &builder)
        return .init(
          value: gradient,
          summands: Kernels.BatchNormGradient.summands(gradient: gradient, x: values[1], mean: values[2]))
      }
    }
  }

  private func application(at site: LoweringSite) -> LoweredStep {
    var kinds = sources.map { kind(of: $0, at: site) }
    var operands = sources.map { operand($0, at: site) }
    if let layout = gradientLayout(at: site) {
      kinds = [.tensor(layout)] + kinds[1...2]
      operands = [.result(3)] + operands[1...2]
    }
    let replaceable = !givesGradient && site.layout(Self.gradientIndex) == site.resultLayout
    let sweep = ElementwiseKernel(
      operands: kinds + Self.coefficients.map { _ in .perChannel }, output: site.resultLayout,
      lanes: site.machine.vectorLanes, isStreamed: !replaceable && site.streams(site.resultLayout))
    return LoweredStep(
      key: Scheduled(problem: self, schedule: sweep), kernelName: Self.mnemonic + (givesGradient ? "" : suffix),
      operands: operands + Self.coefficients + [.result(0)], chunksPerGroup: sweep.chunksPerImage,
      inPlaceOperand: replaceable ? Self.gradientIndex : nil
    ) { [self] name in
      sweep.kernel(named: name) { values, builder in
        let coefficients = values.suffix(Self.coefficients.count)
        return Kernels.BatchNormGradient.lane(
          gradient: givesGradient ? values[0] : gradient(values, in: &builder), x: values[1], mean: values[2],
          scale: coefficients[coefficients.startIndex], slope: coefficients[coefficients.startIndex + 1],
          offset: coefficients[coefficients.startIndex + 2])
      }
    }
  }

  // MARK: The gradient of the batch norm's result

  /// The operands that it is computed from, and first of all dy, x and the mean, which both sweeps read.
  private var sources: [Int] {
    let ofMask = mask == .norm ? [Self.weightIndex, Self.varianceIndex] : []
    return [Self.gradientIndex, Self.inputIndex, Self.meanIndex]
      + [residualIndex, rectifiedIndex, biasIndex].compactMap(\.self) + ofMask
  }

  /// Computes it with the ops that it was made of, so that it has their bits. `values` are those of `sources`.
  private func gradient(_ values: [Expression], in builder: inout KernelBuilder) -> Expression {
    let known = Dictionary(zip(sources, values), uniquingKeysWith: { first, _ in first })
    func operands(_ indices: Int?...) -> [Expression] { indices.compactMap { index in index.flatMap { known[$0] } } }
    var gradient = values[0]
    if hasResidual { gradient = builder.bind(Add().lane([gradient] + operands(residualIndex), in: &builder)) }
    let rectified: [Expression]
    switch mask {
    case .none: return gradient
    case .result: rectified = operands(rectifiedIndex)
    case .norm:
      let norm = operands(Self.inputIndex, Self.weightIndex, biasIndex, Self.meanIndex, Self.varianceIndex)
      rectified = [builder.bind(BatchNorm(epsilon: epsilon).lane(norm, in: &builder))]
    }
    return builder.bind(ReLUGradient().lane([gradient] + rectified, in: &builder))
  }

  /// How it lies in memory, where it is a result.
  private func gradientLayout(at site: LoweringSite) -> ImageLayout? {
    givesGradient ? site.resultLayouts[3].image : nil
  }

  private func kind(of index: Int, at site: LoweringSite) -> ElementwiseKernel.Operand {
    site.operandTypes[index].shape.isBatched ? .tensor(site.layout(index)) : .perChannel
  }

  private func operand(_ index: Int, at site: LoweringSite) -> LoweredStep.Operand {
    site.operandTypes[index].shape.isBatched
      ? .operand(index)
      : site.perChannel(index, channels: site.resultLayout.channels, width: site.machine.vectorLanes)
  }

  /// For the names of kernels: what is fused in.
  private var suffix: String { (hasResidual ? "_add" : "") + (mask == .none ? "" : "_reluGradient") }
}
