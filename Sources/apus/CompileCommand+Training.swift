import ArgumentParser
import CodeGen
import Compiler
import GraphIR
import Language

/// `apus compile --train`.
extension CompileCommand {
  func validateTraining() throws {
    if emit == .exe {
      throw ValidationError(
        "With --train, give --emit shared, static or object: a library for a program of yours. To train in place, see "
          + "apus train.")
    }
    if weightsBeside {
      throw ValidationError(
        "--weights-beside does not go with --train: such a library has its first weights inside, and loads and saves "
          + "safetensors files.")
    }
    if let sizes = options.batch?.sizes, sizes.count > 1 {
      throw ValidationError("With --train, --batch takes one number: every step has as many images.")
    }
  }

  func compileTraining() throws {
    let stages = StageLine("compiling")
    defer { stages.clear() }
    let training = try network.elaborate(isTraining: true)
    var recipe = try training.recipe(self.recipe)
    if let seed = options.weights.seed { recipe.seed = seed }
    let target = try options.tunedTarget()
    stages.show("passes and lowering")
    let compilation = try TrainingCompilation(
      training: training, inference: try network.elaborate(), recipe: recipe,
      batch: options.batch?.sizes.lowerBound ?? recipe.batch, target: target, isExact: options.exact,
      memoryLimit: memory.limit)
    let programs = compilation.programs
    if let form = Artifact.Form(rawValue: emit.rawValue) {
      let weights =
        options.weights.path == nil
        ? Weights(seed: recipe.seed, for: training.graph) : try options.weights.load(for: training)
      let files = try write(compilation, weights, as: form, stages)
      stages.clear()
      announce(files)
    } else {
      let text = try text(graph: compilation.graph, programs: [programs.step, programs.evaluation], target: target)
      stages.clear()
      try apus.write(text, to: output ?? "-")
    }
    memory.report(compilation.memory)
    if options.report { writeToStandardError(CompilationReport(programs).text) }
  }

  private func write(
    _ compilation: TrainingCompilation, _ weights: Weights, as form: Artifact.Form, _ stages: StageLine
  ) throws -> Artifact.Files {
    let path = output ?? defaultPath(compilation.stepProgram.name, form)
    try checkOutput(path)
    let toolchain = try Toolchain()
    let threadCount = options.compilerThreadCount
    stages.show("machine code")
    let artifact = try compilation.artifact(weights: weights, threadCount: threadCount)
    stages.show("link")
    return try artifact.write(form, to: path, toolchain: toolchain, threadCount: threadCount)
  }
}
