import Glibc
import Kernels
import LoopIR
import TestSupport
import Testing

/// The loss, linear layers' gradients and the update of weights, interpreted, against counting.
@Suite struct OptimizationTests {
  static let machines: [Machine] = [.avx512, .avx2, .sse2]

  private func vector(_ channels: Int) -> ImageLayout {
    ImageLayout(channels: channels, rows: 1, columns: 1, channelBlock: 1)
  }

  /// log(softmax(row)).
  private func logProbabilities(_ row: [Double]) -> [Double] {
    let largest = row.max() ?? 0
    let total = row.map { Glibc.exp($0 - largest) }.reduce(0, +)
    return row.map { $0 - largest - Glibc.log(total) }
  }

  @Test(arguments: [1, 2, 7, 10, 100], [0, 0.1])
  func lossesAgreeWithCounting(classes: Int, smoothing: Double) throws {
    var generator = SeededGenerator(seed: UInt64(classes))
    let lanes = Self.machines[classes % 3].vectorLanes
    let batch = 5
    // Far apart, so that most probabilities of an image are tiny.
    let logits = Images(batch, like: vector(classes)) { _, _, _, _ in Float(generator.uniform() * 20 + 100) }
    let labels = (0..<batch).map { _ in Int32.random(in: 0..<Int32(classes), using: &generator) }
    let targets = labels.map { label in
      (0..<classes).map { smoothing / Double(classes) + ($0 == Int(label) ? 1 - smoothing : 0) }
    }
    let rows = (0..<batch).map { image in
      logProbabilities((0..<classes).map { Double(logits[image, $0, 0, 0]) })
    }
    let losses = zip(rows, targets).map { row, target in -zip(row, target).reduce(0) { $0 + $1.0 * $1.1 } }
    let kernel = SoftmaxCrossEntropyKernel(classes: classes, smoothing: smoothing, lanes: lanes)

    var memory = [
      KernelMemory(logits.elements), KernelMemory(labels), KernelMemory([Double](repeating: .nan, count: batch)),
    ]
    try interpret(
      kernel.lossKernel(named: "loss"), on: &memory, chunkCount: batch, batch: batch, isCompiledToo: true)
    for (found, expected) in zip(memory[2].elements(as: Double.self), losses) {
      #expect(abs(found - expected) < 1e-5 * max(1, expected), "\(classes) classes")
    }
    var mean = [memory[2], KernelMemory([Float.nan])]
    try interpret(kernel.meanKernel(named: "mean"), on: &mean, chunkCount: 1, batch: batch, isCompiledToo: true)
    let expectedMean = losses.reduce(0, +) / Double(batch)
    expectSame(mean[1].elements(as: Float.self), [Float(expectedMean)], tolerance: 1e-6, "the mean")

    let lossGradient: Float = 0.75
    memory = [
      KernelMemory(logits.elements), KernelMemory(labels), KernelMemory([lossGradient]),
      KernelMemory([Float](repeating: .nan, count: batch * classes)),
    ]
    try interpret(
      kernel.gradientKernel(named: "gradient"), on: &memory, chunkCount: batch, batch: batch, isCompiledToo: true)
    let gradient = zip(rows, targets).flatMap { row, target in
      zip(row, target).map { Float((Glibc.exp($0) - $1) * Double(lossGradient) / Double(batch)) }
    }
    expectSame(memory[3].elements(as: Float.self), gradient, tolerance: 2e-6, "the gradient of \(classes) classes")
  }

  /// A label that is no class is read as none, and makes NaN.
  @Test(arguments: [-1, 3, Int32.max, Int32.min])
  func labelsThatAreNoClassMakeNaN(label: Int32) throws {
    let kernel = SoftmaxCrossEntropyKernel(classes: 3, smoothing: 0, lanes: 4)
    var memory = [KernelMemory([Float](repeating: 1, count: 6)), KernelMemory([label, 2]), KernelMemory([0.0, 0.0])]
    try interpret(kernel.lossKernel(named: "loss"), on: &memory, chunkCount: 2, batch: 2)
    let losses = memory[2].elements(as: Double.self)
    #expect(losses[0].isNaN && !losses[1].isNaN)
    memory[2] = KernelMemory([Float(1)])
    memory.append(KernelMemory([Float](repeating: 0, count: 6)))
    try interpret(kernel.gradientKernel(named: "gradient"), on: &memory, chunkCount: 2, batch: 2)
    let gradient = memory[3].elements(as: Float.self)
    #expect(gradient[..<3].allSatisfy(\.isNaN) && gradient[3...].allSatisfy(\.isFinite))
  }

  @Test func logarithmsAreExact() throws {
    var generator = SeededGenerator(seed: 1)
    let values = (0..<4096).map { _ in Glibc.exp(generator.uniform() * 300) } + [1, 2, 0.5, 1024, 2.0.squareRoot()]
    var builder = KernelBuilder()
    let (input, output) = (builder.buffer("input", .f64, .read), builder.buffer("output", .f64, .write))
    builder.store(logarithm(builder.load(input, at: .chunk), in: &builder), to: output, at: .chunk)
    var memory = [values, values]
    try interpret(
      builder.kernel(named: "log"), on: &memory, chunkCount: values.count, batch: 1, isCompiledToo: true)
    for (found, value) in zip(memory[1], values) {
      let exact = Glibc.log(value)
      #expect(abs(found - exact) <= 4e-16 * max(1, abs(exact)), "log \(value)")
    }
  }

  @Test(arguments: [(1, 1), (3, 5), (4, 17), (9, 8), (21, 33), (40, 70)], machines)
  func linearGradientsAgreeWithCounting(shape: (inputs: Int, outputs: Int), machine: Machine) throws {
    var generator = SeededGenerator(seed: UInt64(shape.inputs))
    let (lanes, batch) = (machine.vectorLanes, 5)
    for inputBlock in [shape.inputs, min(shape.inputs, lanes)] {
      let layout = FilterLayout(outputs: shape.outputs, inputs: shape.inputs, inputBlock: inputBlock, lanes: lanes)
      let filter = Filter(like: layout, random: &generator)
      let inputs = Images(batch, like: vector(shape.inputs), random: &generator)
      let gradients = Images(batch, like: vector(shape.outputs), random: &generator)
      func product(_ operand: Images, _ weights: Filter) -> [Float] {
        (0..<batch).flatMap { image in
          (0..<weights.outputs).map { output in
            Float(
              (0..<weights.inputs).reduce(0.0) {
                $0 + Double(operand[image, $1, 0, 0]) * Double(weights[output, $1, 0, 0])
              })
          }
        }
      }
      for (operand, weights, form) in [
        (inputs, filter, layout), (gradients, filter.transposed(), layout.transposed()),
      ] {
        let linear = LinearKernel(
          input: vector(weights.inputs), output: vector(weights.outputs), epilogue: Epilogue(hasBias: false),
          filter: form)
        let schedule = linear.schedule(machine: machine, largestBatch: batch)
        let groups = (batch + schedule.imagesPerChunk - 1) / schedule.imagesPerChunk
        let expected = product(operand, weights)
        let found = try interpret(
          linear.kernel(named: "linear", schedule: schedule, machine: machine),
          on: [operand.elements, weights.stored(as: form)], resultCount: expected.count,
          chunkCount: groups * schedule.channelTileCount, batch: batch)
        expectSame(found, expected, tolerance: 1e-6, "\(shape), \(form)")
      }
      let gradient = LinearWeightGradient(
        input: vector(shape.inputs), gradient: vector(shape.outputs), filter: layout)
      let expected = Filter(like: layout) { output, input, _, _ in
        Float(
          (0..<batch).reduce(0.0) { $0 + Double(inputs[$1, input, 0, 0]) * Double(gradients[$1, output, 0, 0]) })
      }.stored(as: layout)
      let found = try interpret(
        gradient.kernel(named: "weights", machine: machine), on: [inputs.elements, gradients.elements],
        resultCount: expected.count, chunkCount: gradient.chunkCount, batch: batch,
        isCompiledToo: shape.inputs == 21)
      expectSame(found, expected, tolerance: 1e-6, "\(shape) of \(inputBlock)")
    }
  }

  /// In place, as PyTorch's SGD; decay, momentum and Nesterov's form on and off.
  @Test(arguments: [(0.9, 0.0, false), (0.9, 1e-4, false), (0.0, 0.1, false), (0.9, 1e-4, true)])
  func sgdTakesAStep(momentum: Double, decay: Double, isNesterov: Bool) throws {
    var generator = SeededGenerator(seed: 3)
    let (lanes, count, rate) = (4, 17 * 1024 + 12, 0.1)
    func numbers() -> [Float] { (0..<count).map { _ in Float(generator.uniform()) } }
    let (weight, gradient, velocity) = (numbers(), numbers(), numbers())
    let kernel = SGDKernel(
      elementCount: count, momentum: momentum, decay: decay, isNesterov: isNesterov, lanes: lanes)
    let empty = [Float](repeating: .nan, count: count)
    var memory = [weight, gradient, velocity, [Float(rate)], empty, empty]
    try interpret(
      kernel.kernel(named: "sgd"), on: &memory, chunkCount: kernel.chunkCount, batch: 1, isCompiledToo: true)
    let slopes = zip(weight, gradient).map { Double($1) + decay * Double($0) }
    let newVelocity = zip(velocity, slopes).map { momentum * Double($0) + $1 }
    let newWeight = zip(weight, zip(slopes, newVelocity)).map { weight, step in
      Double(weight) - rate * (isNesterov ? step.0 + momentum * step.1 : step.1)
    }
    expectSame(memory[4], newWeight.map { Float($0) }, tolerance: 1e-6, "the weight")
    expectSame(memory[5], newVelocity.map { Float($0) }, tolerance: 1e-6, "the momentum")
  }
}
