import Compiler
import GraphIR

extension NetworkOptions {
  /// Compiles the network's training step just in time, by its first recipe; where it names none, by gradient descent
  /// with momentum and weight decay. The batch is the options'.
  func loadTraining(
    _ options: CompilationOptions, _ memory: StepMemoryOption, threadCount: Int?
  ) throws -> TrainingSession {
    let stages = StageLine("compiling")
    defer { stages.clear() }
    let training = try elaborate(isTraining: true)
    let plain = Recipe(
      name: "plain", duration: .iterations(1), batch: 1, optimizer: .init(momentum: 0.9, weightDecay: 1e-4),
      schedule: .constant(rate: 0.1))
    stages.show("training step")
    let compilation = try TrainingCompilation(
      training: training, inference: elaborate(), recipe: training.recipes.first ?? plain,
      batch: options.batchSizes.upperBound, target: options.tunedTarget(), isExact: options.exact,
      memoryLimit: memory.limit)
    stages.clear()
    memory.report(compilation.memory)
    return try TrainingSession(compilation, weights: options.weights.load(for: training), threadCount: threadCount)
  }
}
