import Formats
import Foundation

/// How a run of the loop came to its end.
package enum TrainingEnd: Hashable, Sendable {
  case finished
  /// Where the plan says that this run ends.
  case atLastStep
  /// Somebody asked to stop.
  case interrupted
}

/// What the loop has just done.
package enum TrainingEvent: Sendable {
  case step(loss: Float)
  /// Images of the evaluation that are done.
  case evaluating(done: Int, of: Int)
  case epoch(EpochRecord)
  case saved
}

/// Trains a model, step after step, into a directory: checkpoints, the log, curves, the weights. What it does follows
/// from the model's state, the batches and the progress alone, so that it goes on from a checkpoint bit for bit.
package struct TrainingLoop<Model: TrainableModel>: ~Copyable {
  let model: Model
  let batches: any BatchSource
  let evaluationSource: any EvaluationSource
  let identity: TrainingIdentity
  package let plan: TrainingPlan
  package let directory: TrainingDirectory
  package var progress: TrainingProgress
  var log: TrainingLog
  private var lastSave = ContinuousClock.now

  /// Begins, or goes on from the directory's checkpoint.
  /// - Parameter header: The first line of the log.
  /// - Throws: FileError, also where a checkpoint is of a training with another identity.
  package init(
    model: Model, batches: any BatchSource, evaluation: any EvaluationSource, plan: TrainingPlan,
    identity: TrainingIdentity, directory: consuming TrainingDirectory, header: JSONValue, isResumed: Bool
  ) throws {
    var progress = TrainingProgress()
    if isResumed {
      let checkpoint = try Checkpoint(contentsOf: directory.checkpointPath, state: model.state, identity: identity)
      progress = checkpoint.progress
      try progress.check(against: plan, directory.checkpointPath)
      checkpoint.restore(model)
    }
    var log = try TrainingLog(directory.logPath, keeping: progress.logByteCount)
    if log.byteCount == 0 { try log.append(header) }
    self.model = model
    self.batches = batches
    evaluationSource = evaluation
    self.identity = identity
    self.plan = plan
    self.directory = directory
    self.progress = progress
    self.log = log
  }

  /// Trains until the end, or until somebody asks to stop.
  /// - Parameters:
  ///   - isInterrupted: Asked between steps.
  ///   - report: Called after each of the loop's doings, with the progress made.
  /// - Throws: NonFiniteLoss, and the last checkpoint is then of an earlier step; FileError.
  package mutating func run(
    isInterrupted: () -> Bool = { Interruption.isRequested },
    report: (TrainingEvent, TrainingProgress) -> Void = { _, _ in }
  ) throws -> TrainingEnd {
    if progress.step == 0 { try save(report) }
    while true {
      if progress.step == plan.end(ofEpoch: progress.epoch), progress.epoch < plan.epochCount {
        guard try closeEpoch(isInterrupted, report) else { return try interrupted(report) }
        continue
      }
      if progress.step >= plan.end { break }
      if isInterrupted() { return try interrupted(report) }
      try takeStep(report)
      if ContinuousClock.now - lastSave >= plan.saveInterval { try save(report) }
    }
    try save(report)
    guard progress.step == plan.stepCount else { return .atLastStep }
    try model.writeWeights(to: directory.weightsPath)
    return .finished
  }

  private mutating func interrupted(_ report: (TrainingEvent, TrainingProgress) -> Void) throws -> TrainingEnd {
    try save(report)
    return .interrupted
  }

  private mutating func takeStep(_ report: (TrainingEvent, TrainingProgress) -> Void) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let batch = try batches.batch(of: progress.step)
    let loaded = clock.now
    let rate = plan.learningRate(progress.step)
    let outcome = try batch.images.withUnsafeBufferPointer { images in
      try batch.labels.withUnsafeBufferPointer { labels in
        try model.step(images: images, labels: labels, learningRate: Float(rate), step: progress.step)
      }
    }
    progress.add(
      StepSums(
        outcome, imageCount: batch.labels.count, seconds: (clock.now - start) / .seconds(1),
        waitSeconds: (loaded - start) / .seconds(1)))
    if progress.step.isMultiple(of: plan.logInterval) || progress.step == plan.stepCount {
      let record = StepRecord(progress, learningRate: rate)
      progress.lineSums = StepSums()
      try log.append(record.json)
    }
    report(.step(loss: outcome.loss), progress)
  }

  /// Evaluates the model after the steps of an epoch, and writes down how it does.
  /// - Returns: Whether it came to that.
  private mutating func closeEpoch(
    _ isInterrupted: () -> Bool, _ report: (TrainingEvent, TrainingProgress) -> Void
  ) throws -> Bool {
    let clock = ContinuousClock()
    let start = clock.now
    let progressBefore = progress
    let count = evaluationSource.imageCount
    let evaluation = try model.evaluate(evaluationSource) { done in
      report(.evaluating(done: done, of: count), progressBefore)
      return !isInterrupted()
    }
    guard let evaluation else { return false }
    let seconds = (clock.now - start) / .seconds(1)
    let record = EpochRecord(progress, evaluation, evaluationSeconds: seconds)
    progress.close(record)
    if progress.best?.epoch == record.epoch { try model.writeWeights(to: directory.bestWeightsPath) }
    try log.append(record.json)
    try LearningCurves(contentsOf: directory.logPath).write(to: directory.curvesPath)
    try save(report)
    report(.epoch(record), progress)
    return true
  }

  private mutating func save(_ report: (TrainingEvent, TrainingProgress) -> Void = { _, _ in }) throws {
    // What the checkpoint says of the log must be on the disk before it.
    try log.synchronize()
    progress.logByteCount = log.byteCount
    try Checkpoint(of: model, identity: identity, progress: progress).write(to: directory.checkpointPath)
    lastSave = .now
    report(.saved, progress)
  }
}
