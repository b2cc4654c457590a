import CodeGen
import Diagnostics
import GraphIR
import Lowering
import Passes
import Training

/// A network compiled for training: one program for the step, another that evaluates with running statistics, both on
/// one image of weights, statistics and momentum.
package struct TrainingCompilation: Sendable {
  /// The step's graph after the passes.
  package let graph: Graph
  /// That of the evaluation.
  let evaluationGraph: Graph
  package let stepProgram: Program
  package let evaluationProgram: Program
  package let memory: TrainingMemory
  package let batch: Int
  package let target: Target
  /// Channels, rows and columns.
  package let imageShape: [Int]
  package let classCount: Int
  private let recipeSeed: UInt64
  /// The steps after which the loss is known.
  let lossStepCount: Int
  /// The logits among the step's outputs; the loss is the first.
  let logitsPosition = 1

  /// - Parameters:
  ///   - training: The network as it is in training, whose first output holds the logits.
  ///   - inference: The same network as it is used.
  ///   - recipe: What to train, and how.
  ///   - isExact: Whether only algorithms are chosen that multiply the network's own numbers.
  ///   - memoryLimit: The most bytes that `TrainingMemory` may count; nil: as many as it takes to keep everything.
  /// - Throws: Diagnostic where the network cannot be trained or compiled, or not within the limit.
  package init(
    training: Network, inference: Network, recipe: Recipe, batch: Int, target: Target, isExact: Bool = false,
    memoryLimit: Int? = nil
  ) throws {
    self.batch = batch
    recipeSeed = recipe.seed
    let arithmetic: Arithmetic = isExact ? .exact : .fast
    self.target = target
    (imageShape, classCount) = try inference.classification()
    let gradients = try Pipeline.differentiation(by: recipe).run(training.graph).graph
    let step = try TrainingStep(
      gradients, recipe: recipe, batch: batch, machine: target.machine, arithmetic: arithmetic, within: memoryLimit)
    (graph, stepProgram, memory) = (step.graph, step.program, step.memory)
    var places: [String: Int] = [:]
    for constant in stepProgram.constants {
      for parameter in graph.parameters where parameter.value == constant.value {
        places[parameter.name] = constant.byteOffset
      }
    }
    evaluationGraph = try Pipeline.evaluation.run(inference.graph).graph
    evaluationProgram = try Program(
      lowering: evaluationGraph, for: target.machine, batch: 1...batch,
      parameters: .trained(places: places, byteCount: stepProgram.weightsByteCount),
      arithmetic: arithmetic)
    let loss = graph.outputs[0].value
    guard let made = stepProgram.steps.lastIndex(where: { $0.results.contains { $0.value == loss } }) else {
      preconditionFailure("the training graph's first output is its loss")
    }
    lossStepCount = made + 1
  }

  /// What is random in a step follows from this.
  func seed(ofStep number: Int) -> Int32 {
    var generator = SplitMix64(state: recipeSeed)
    generator.state = generator.bits() &+ UInt64(number)
    return Int32(truncatingIfNeeded: generator.bits())
  }

  /// Machine code of both programs, and threads to run it.
  func contexts(
    image: AlignedBytes, threadCount: Int?
  ) throws -> (step: ExecutionContext, evaluation: ExecutionContext) {
    func context(_ program: Program) throws -> ExecutionContext {
      let jit = try JIT(program.kernels, for: target)
      let model = ExecutableModel(
        program: program, card: ModelCard(target: target.name), jit: jit, weights: image)
      return try ExecutionContext(model: model, threadCount: threadCount)
    }
    return (try context(stepProgram), try context(evaluationProgram))
  }
}
