import CodeGen
import Kernels
import LoopIR

/// Times a part of training on one thread: all chunks of its kernels, over a whole batch, which is seldom in cache.
struct TrainingBenchmark {
  enum Part: String, CaseIterable {
    case forward = "--forward"
    case backwardData = "--backward-data"
    case backwardWeights = "--backward-weights"
    /// Batch norm of the convolution's result: statistics, normalisation with ReLU, the sums of its gradient behind a ReLU
    /// mask, and the gradient of its input.
    case statistics = "--statistics"
    case normalisation = "--normalisation"
    case gradientSums = "--gradient-sums"
    case inputGradient = "--input-gradient"

    /// Whether its work is counted in bytes.
    var isSweep: Bool {
      switch self {
      case .forward, .backwardData, .backwardWeights: false
      case .statistics, .normalisation, .gradientSums, .inputGradient: true
      }
    }
  }

  /// A kernel with the sizes of its operands, in elements.
  struct Step {
    var kernel: Kernel
    var operands: [Int]
    var chunkCount: Int
  }

  private let jit: JIT
  private let chunkCounts: [Int]
  private let memory: [[AlignedBytes]]
  private let batch: Int
  /// What its rate is counted in: multiply-adds, or bytes that must be moved.
  let work: Int

  init(_ part: Part, _ shape: Shape, target: Target) throws {
    let problem = TrainingProblem(shape, machine: target.machine)
    let (steps, work) =
      switch part {
      case .forward: problem.forward
      case .backwardData: problem.backwardData
      case .backwardWeights: problem.backwardWeights
      case .statistics: problem.statistics
      case .normalisation: problem.normalisation
      case .gradientSums: problem.gradientSums
      case .inputGradient: problem.inputGradient
      }
    self.work = work
    batch = shape.batch
    jit = try JIT(steps.map(\.kernel), for: target)
    chunkCounts = steps.map(\.chunkCount)
    memory = steps.map { step in
      step.operands.map { count in
        let memory = AlignedBytes(byteCount: 4 * count)
        let numbers = memory.bytes.bindMemory(to: Float.self)
        for index in numbers.indices { numbers[index] = Float(index % 13) * 0.01 - 0.05 }
        return memory
      }
    }
  }

  /// Work a second: the best, and the median, of some runs.
  func measure(runs: Int) -> (best: Double, median: Double) {
    let rates = (0..<runs).map { _ in Double(work) / seconds(run) }.sorted()
    return (rates[runs - 1], rates[runs / 2])
  }

  private func run() {
    for (number, function) in jit.functions.enumerated() {
      var operands: [UnsafeMutableRawPointer?] = memory[number].map { $0.bytes.baseAddress }
      for chunk in 0..<chunkCounts[number] { function(&operands, Int64(batch), Int64(chunk)) }
    }
  }
}

/// A convolution under training.
private struct TrainingProblem {
  let batch: Int
  let machine: Machine
  let axes: (rows: Convolution.Axis, columns: Convolution.Axis)
  let input: ImageLayout
  let output: ImageLayout
  let filter: FilterLayout

  init(_ shape: Shape, machine: Machine) {
    self.machine = machine
    batch = shape.batch
    let lanes = machine.vectorLanes
    let axis = Convolution.Axis(kernel: shape.kernel, stride: shape.stride, paddingBefore: shape.padding)
    axes = (axis, axis)
    func extent(_ input: Int) -> Int { (input + 2 * shape.padding - shape.kernel) / shape.stride + 1 }
    let isPlain = shape.channels <= 4
    input = ImageLayout(
      channels: shape.channels, rows: shape.rows, columns: shape.columns, channelBlock: isPlain ? 1 : lanes,
      columnHalo: shape.padding)
    output = ImageLayout(
      channels: shape.outputs, rows: extent(shape.rows), columns: extent(shape.columns), channelBlock: lanes,
      columnHalo: shape.kernel / 2)
    filter = FilterLayout(
      outputs: shape.outputs, inputs: shape.channels, kernelRows: shape.kernel, kernelColumns: shape.kernel,
      inputBlock: min(shape.channels, lanes), lanes: lanes)
  }

  var forward: ([TrainingBenchmark.Step], Int) {
    let axis = axes.rows
    let problem = Convolution(
      input: input, output: output, kernel: (axis.kernel, axis.kernel), stride: (axis.stride, axis.stride),
      padding: (axis.paddingBefore, axis.paddingBefore), epilogue: Epilogue(hasBias: false), filter: filter)
    let schedule = problem.schedule(machine: machine, largestBatch: batch)
    let groups = (batch + schedule.imagesPerChunk - 1) / schedule.imagesPerChunk
    let step = TrainingBenchmark.Step(
      kernel: problem.kernel(named: "forward", schedule: schedule, machine: machine),
      operands: [batch * input.elementCount, filter.elementCount, batch * output.elementCount],
      chunkCount: groups * problem.chunksPerGroup(schedule))
    return ([step], batch * problem.multiplyAdds)
  }

  var backwardData: ([TrainingBenchmark.Step], Int) {
    var result = input
    result.channelBlock = machine.vectorLanes
    let problem = BackwardData(
      gradient: output, output: result, filter: filter.transposed(), rows: axes.rows, columns: axes.columns)
    let schedule = problem.schedule(machine: machine, largestBatch: batch)
    let groups = (batch + schedule.imagesPerChunk - 1) / schedule.imagesPerChunk
    let transposition = FilterTransposition(source: filter)
    let steps = [
      TrainingBenchmark.Step(
        kernel: transposition.kernel(named: "transpose"),
        operands: [filter.elementCount, filter.transposed().elementCount], chunkCount: transposition.chunkCount),
      TrainingBenchmark.Step(
        kernel: problem.kernel(named: "backward", schedule: schedule, machine: machine),
        operands: [batch * output.elementCount, problem.filter.elementCount, batch * result.elementCount],
        chunkCount: groups * problem.chunksPerGroup(schedule)),
    ]
    return (steps, batch * problem.multiplyAdds)
  }

  var backwardWeights: ([TrainingBenchmark.Step], Int) {
    let problem = BackwardWeights(
      input: input, gradient: output, rows: axes.rows, columns: axes.columns, filter: filter)
    let steps =
      switch problem.algorithm(machine: machine, largestBatch: batch, isExact: false) {
      case .direct(let schedule): directSteps(problem, schedule)
      case .winograd(let winograd, let schedule): winogradSteps(winograd, schedule)
      }
    return (steps, batch * problem.multiplyAdds)
  }

  private func directSteps(
    _ problem: BackwardWeights, _ schedule: BackwardWeights.Schedule
  ) -> [TrainingBenchmark.Step] {
    let partials = problem.partialCount(schedule, batch: batch)
    let sum = PartialSum(
      elementCount: filter.elementCount, imagesPerPartial: schedule.imagesPerChunk, lanes: machine.vectorLanes)
    let steps = [
      TrainingBenchmark.Step(
        kernel: problem.kernel(named: "weights", schedule: schedule, machine: machine),
        operands: [
          batch * input.elementCount, batch * output.elementCount, partials * filter.elementCount,
        ], chunkCount: partials * problem.chunksPerGroup(schedule)),
      TrainingBenchmark.Step(
        kernel: sum.kernel(named: "sum"), operands: [partials * filter.elementCount, filter.elementCount],
        chunkCount: sum.chunkCount),
    ]
    return partials > 1 ? steps : [steps[0]]
  }

  private func winogradSteps(
    _ winograd: WinogradWeightGradient, _ schedule: WinogradWeightGradient.Schedule
  ) -> [TrainingBenchmark.Step] {
    let temporaries = winograd.temporaryElementCounts(schedule, largestBatch: batch)
    let steps = winograd.steps(schedule, machine: machine, largestBatch: batch)
    return steps.enumerated().map { number, step in
      let operands = step.operands.map { operand in
        switch operand {
        case .input: batch * input.elementCount
        case .gradient: batch * output.elementCount
        case .temporary(let index): temporaries[index]
        case .scratch: winograd.scratchElementCount(schedule)
        case .result: filter.elementCount
        }
      }
      let groups = step.imagesPerGroup.map { (batch + $0 - 1) / $0 } ?? 1
      return TrainingBenchmark.Step(
        kernel: step.kernel("gradient\(number)"), operands: operands, chunkCount: groups * step.chunksPerGroup)
    }
  }
}

/// Batch norm of the convolution's result: sweeps, whose work is the bytes that they read and write.
extension TrainingProblem {
  private var lanes: Int { machine.vectorLanes }
  private var count: Int { batch * output.elementCount }
  private var channels: Int { output.blockCount * lanes }

  var statistics: ([TrainingBenchmark.Step], Int) {
    let statistics = BatchStatistics(input: output, lanes: lanes, largestBatch: batch)
    let groups = statistics.chunks.groupCount(batch: batch)
    let step = TrainingBenchmark.Step(
      kernel: statistics.partialKernel(named: "statistics"),
      operands: [count, groups * statistics.moments.elementCount],
      chunkCount: groups * statistics.chunks.chunksPerGroup)
    return ([step], 4 * count)
  }

  var normalisation: ([TrainingBenchmark.Step], Int) {
    let sweep = ElementwiseKernel(
      operands: [.tensor(output), .perChannel, .perChannel, .perChannel], output: output, lanes: lanes)
    let kernel = sweep.kernel(named: "normalise") { operands, _ in
      .max(.constant(0, operands[0].type), .fusedMultiplyAdd(operands[0] - operands[1], operands[2], operands[3]))
    }
    let step = TrainingBenchmark.Step(
      kernel: kernel, operands: [count, channels, channels, channels, count], chunkCount: batch * sweep.chunksPerImage)
    return ([step], 8 * count)
  }

  var gradientSums: ([TrainingBenchmark.Step], Int) {
    let sums = ChannelSums(
      operands: [.tensor(output), .tensor(output), .tensor(output), .perChannel], layout: output, storesValue: true,
      sumCount: 2, lanes: lanes, largestBatch: batch)
    let groups = sums.chunks.groupCount(batch: batch)
    let kernel = sums.kernel(named: "sums") { operands, builder in
      let zero = Expression.constant(0, operands[0].type)
      let masked = builder.bind(.select(.compare(.greater, operands[1], zero), operands[0], zero))
      return .init(
        value: masked, summands: BatchNormGradient.summands(gradient: masked, x: operands[2], mean: operands[3]))
    }
    let step = TrainingBenchmark.Step(
      kernel: kernel, operands: [count, count, count, channels, count, groups * sums.partialElementCount],
      chunkCount: groups * sums.chunks.chunksPerGroup)
    return ([step], 16 * count)
  }

  var inputGradient: ([TrainingBenchmark.Step], Int) {
    let sweep = ElementwiseKernel(
      operands: [.tensor(output), .tensor(output)] + Array(repeating: .perChannel, count: 4), output: output,
      lanes: lanes)
    let kernel = sweep.kernel(named: "dx") { operands, _ in
      BatchNormGradient.lane(
        gradient: operands[0], x: operands[1], mean: operands[2], scale: operands[3], slope: operands[4],
        offset: operands[5])
    }
    let step = TrainingBenchmark.Step(
      kernel: kernel, operands: [count, count, channels, channels, channels, channels, count],
      chunkCount: batch * sweep.chunksPerImage)
    return ([step], 12 * count)
  }
}
