import ArgumentParser
import Compiler

/// The budget of memory of a training step.
struct StepMemoryOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The most memory of a training step, such as 800M or 2G; what does not fit is computed twice.",
      valueName: "bytes"))
  var memory: ByteCount?

  /// In bytes; nil: as many as it takes.
  var limit: Int? { memory?.count }

  /// Says what the step takes, and what the budget costs, where there is one.
  func report(_ planned: TrainingMemory) {
    if limit != nil { writeToStandardError(TrainingMemoryReport(planned).text) }
  }

  /// For commands that train only when they are told to.
  func check(isTraining: Bool) throws {
    if memory != nil && !isTraining { throw ValidationError("--memory goes with --train.") }
  }
}
