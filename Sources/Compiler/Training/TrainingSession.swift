import CodeGen
import Diagnostics
import GraphIR
import Kernels
import Lowering
import Passes
import Tensors
import Training

/// A network under training in this process: its step and its evaluation, compiled, on one state in memory.
package final class TrainingSession: TrainableModel {
  package let imageShape: [Int]
  package let classCount: Int
  package let state: [StateTensor]
  package let compilation: TrainingCompilation
  /// The weights image of both programs.
  private let image: AlignedBytes
  private let constants: [String: Program.Constant]
  /// Runs the step's program.
  package let context: ExecutionContext
  private let evaluation: ExecutionContext
  /// Memory for the step's outputs, by position.
  private let outputs: [AlignedBytes]

  package var batch: Int { compilation.batch }

  /// - Parameters:
  ///   - weights: What the network's parameters begin with; momentum begins at zero.
  ///   - threadCount: Threads of a step; nil: as many as the process may keep busy.
  package init(_ compilation: TrainingCompilation, weights: Weights, threadCount: Int? = nil) throws {
    self.compilation = compilation
    let graph = compilation.graph
    imageShape = compilation.imageShape
    classCount = compilation.classCount
    let program = compilation.stepProgram
    image = compilation.initialImage(weights)
    let names = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.value, $0.name) })
    var constants: [String: Program.Constant] = [:]
    for constant in program.constants {
      if let name = names[constant.value] { constants[name] = constant }
    }
    self.constants = constants
    state = graph.parameters.map { parameter in
      let extents = graph.type(of: parameter.value).shape.dimensions.compactMap(\.fixedExtent)
      return StateTensor(name: parameter.name, shape: extents, role: StateTensor.Role(parameter.role))
    }
    (context, evaluation) = try compilation.contexts(image: image, threadCount: threadCount)
    outputs = program.outputs.map { AlignedBytes(byteCount: $0.elementCount(batch: compilation.batch) * 4) }
  }

  package var threadCount: Int { context.threadCount }

  // MARK: State

  package func elements(of tensor: StateTensor) -> [Float] { constant(tensor).unpacked(from: image.bytes) }

  package func setElements(of tensor: StateTensor, to elements: [Float]) {
    elements.withUnsafeBufferPointer { constant(tensor).pack($0, into: image.bytes) }
  }

  private func constant(_ tensor: StateTensor) -> Program.Constant {
    guard let constant = constants[tensor.name] else { preconditionFailure("the model has no '\(tensor.name)'") }
    return constant
  }

  // MARK: Steps

  package func step(
    images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, learningRate: Float, step number: Int
  ) throws -> StepOutcome {
    try withInputs(images: images, labels: labels, learningRate: learningRate, step: number) { inputs in
      // Nothing of the state changes before the loss is known to be finite.
      try run(inputs, steps: 0..<compilation.lossStepCount)
      let loss = output(0)[0]
      guard loss.isFinite else { throw NonFiniteLoss(step: number, loss: loss, node: try firstNonFinite(inputs)) }
      try run(inputs, steps: compilation.lossStepCount..<compilation.stepProgram.steps.count)
      return StepOutcome(loss: loss, correctCount: correctCount(labels))
    }
  }

  /// Calls `body` with a pointer for each input of the step's program.
  func withInputs<Result>(
    images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, learningRate: Float, step number: Int,
    _ body: ([UnsafePointer<Float>?]) throws -> Result
  ) rethrows -> Result {
    let seed = compilation.seed(ofStep: number)
    return try withUnsafePointer(to: learningRate) { rate in
      try withUnsafePointer(to: seed) { seed in
        try body(
          compilation.stepProgram.inputs.map { input in
            switch input.name {
            case TrainingName.labels: UnsafeRawPointer(labels.baseAddress)?.assumingMemoryBound(to: Float.self)
            case TrainingName.learningRate: rate
            case TrainingName.seed: UnsafeRawPointer(seed).assumingMemoryBound(to: Float.self)
            default: images.baseAddress
            }
          })
      }
    }
  }

  /// Each step of training is one round.
  private func run(_ inputs: [UnsafePointer<Float>?], steps: Range<Int>) throws {
    try context.run(
      batch: batch, inputs: inputs, outputs: outputs.indices.map { output($0).baseAddress }, rounds: steps)
  }

  private func output(_ position: Int) -> UnsafeMutableBufferPointer<Float> {
    outputs[position].bytes.bindMemory(to: Float.self)
  }

  private func correctCount(_ labels: UnsafeBufferPointer<Int32>) -> Int {
    let logits = output(compilation.logitsPosition)
    return (0..<batch).count { image in
      let row = logits[image * classCount..<(image + 1) * classCount]
      let best = row.indices.max { row[$0] < row[$1] || row[$0].isNaN } ?? 0
      return best - row.startIndex == Int(labels[image])
    }
  }

  /// Runs the forward pass again, step by step, up to the first whose result is not finite.
  private func firstNonFinite(_ inputs: [UnsafePointer<Float>?]) throws -> String? {
    for position in 0..<compilation.lossStepCount {
      try run(inputs, steps: position..<position + 1)
      let made = compilation.stepProgram.steps[position]
      for result in made.results {
        let elements = context.elements(of: result, in: made, 0..<batch, batch: batch, outputs: outputs)
        if !elements.allSatisfy(\.isFinite) { return made.name }
      }
    }
    return nil
  }

  // MARK: Evaluation

  package func logits(images: UnsafeBufferPointer<Float>, count: Int) throws -> [Float] {
    precondition(count <= batch, "more images than the model was compiled for")
    return try evaluation.run(batch: count, inputs: [Array(images.prefix(count * imageShape.reduce(1, *)))])[0]
  }
}

extension StateTensor.Role {
  fileprivate init(_ role: Parameter.Role) {
    self =
      switch role {
      case .weight: .weight
      case .statistic: .statistic
      case .momentum: .momentum
      }
  }
}
