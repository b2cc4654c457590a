import Formats
import Training

/// What a training would be, for whoever wants to look before it begins.
struct TrainingInspection {
  let sheetPath: String
  private let job: TrainingJob
  private let memory: TrainingMemoryReport
  private let sheet: ContactSheet
  private let classNames: [String]?

  /// - Parameter directory: Where the first batch is to be drawn; made where there is none.
  init(_ job: TrainingJob, memory: TrainingMemoryReport, directory: String) throws {
    self.job = job
    self.memory = memory
    sheet = ContactSheet(
      try job.batches().batch(of: 0), shape: try job.network.classification().imageShape,
      preprocessing: job.network.preprocessing)
    classNames = job.classNames
    sheetPath = try TrainingDirectory(directory).inspectionPath
  }

  func writeSheet() throws(FileError) { try sheet.write(to: sheetPath) }

  /// The recipe, what it comes to for this data, and what the pictures of the sheet are.
  var text: String {
    let plan = job.plan
    var lines = ["network \(job.network.graph.name), recipe \(job.recipe.name)"]
    lines += job.recipe.entries.map { "  \($0.name.padding(toLength: 13, withPad: " ", startingAt: 0))= \($0.value)" }
    lines.append(
      "\(plan.stepCount) steps in \(plan.epochCount) epochs of \(plan.stepsPerEpoch); \(job.trainingCount) pictures, "
        + "evaluated on \(job.evaluationCount) of the \(job.evaluationName) set")
    lines.append(memory.text)
    lines.append("learning rates")
    lines += rates.map { "  step \("\($0.step)".padding(toLength: 8, withPad: " ", startingAt: 0))\($0.rate)" }
    lines.append("the pictures of the first batch, row by row")
    lines += sheet.labels.map { "  " + $0.map(name).joined(separator: ", ") }
    return lines.joined(separator: "\n")
  }

  var json: JSONValue {
    .object([
      "network": .string(job.network.graph.name), "recipe": .string(job.recipe.name),
      "entries": .object(.init(uniqueKeysWithValues: job.recipe.entries.map { ($0.name, .string($0.value)) })),
      "steps": .integer(job.plan.stepCount), "steps_per_epoch": .integer(job.plan.stepsPerEpoch),
      "memory": memory.json,
      "training_images": .integer(job.trainingCount), "evaluation_images": .integer(job.evaluationCount),
      "evaluated_on": .string(job.evaluationName),
      "learning_rates": .array(
        rates.map { .object(["step": .integer($0.step), "learning_rate": .number($0.rate)]) }),
      "labels": .array(sheet.labels.joined().map { .integer(Int($0)) }), "sheet": .string(sheetPath),
    ])
  }

  private func name(_ label: Int32) -> String {
    guard let classNames, classNames.indices.contains(Int(label)) else { return "\(label)" }
    return classNames[Int(label)]
  }

  /// The learning rate where it begins, at twelve places between, and at the end.
  private var rates: [(step: Int, rate: Double)] {
    let last = max(job.plan.stepCount - 1, 0)
    let steps = Set((0...12).map { $0 * last / 12 }).sorted()
    return steps.map { ($0, job.plan.learningRate($0)) }
  }
}
