import Formats

/// How far a training is: all that the loop itself has to remember from step to step. A checkpoint holds it beside the
/// model's state, so that a training goes on as if it had not stopped.
package struct TrainingProgress: Hashable, Sendable, Codable {
  /// The steps that are done; also the number of the next one.
  package internal(set) var step = 0
  /// The epochs that are closed: all their steps are done, the model evaluated, the log written.
  package internal(set) var epoch = 0
  /// Over the steps of the epoch under way.
  package internal(set) var epochSums = StepSums()
  /// Over the steps since the last line of the log.
  package internal(set) var lineSums = StepSums()
  /// How the model did after the last closed epoch, and after the one where it erred least.
  package internal(set) var last: Measurement?
  package internal(set) var best: Measurement?
  /// The seconds that went by with steps and evaluations.
  package internal(set) var seconds = 0.0
  /// Bytes of the log; what comes behind them was written after the checkpoint.
  package internal(set) var logByteCount = 0

  /// How a model did after an epoch, on the images that it was evaluated on.
  package struct Measurement: Hashable, Sendable, Codable {
    /// From 1.
    package var epoch: Int
    package var loss: Double
    /// 0 to 1.
    package var error: Double
    package var errorInFive: Double

    init(_ record: EpochRecord) {
      epoch = record.epoch
      loss = record.evaluation.loss
      error = record.evaluation.error
      errorInFive = record.evaluation.errorInFive
    }
  }

  package init() {}

  mutating func add(_ step: StepSums) {
    self.step += 1
    epochSums.add(step)
    lineSums.add(step)
    seconds += step.seconds
  }

  /// Goes on to the next epoch.
  mutating func close(_ record: EpochRecord) {
    epoch += 1
    epochSums = StepSums()
    seconds += record.evaluationSeconds
    let measurement = Measurement(record)
    last = measurement
    if measurement.error < best?.error ?? .infinity { best = measurement }
  }

  /// Throws where a checkpoint, which may be damaged, holds what no training of this plan comes to.
  func check(against plan: TrainingPlan, _ path: String) throws(FileError) {
    let isPossible =
      epoch == plan.epochCount
      ? step == plan.stepCount
      : (0..<plan.epochCount).contains(epoch)
        && (epoch * plan.stepsPerEpoch...plan.end(ofEpoch: epoch)).contains(step)
    guard isPossible, logByteCount >= 0
    else {
      throw FileError(
        path, "step \(step) of epoch \(epoch + 1) is none of a training of \(plan.stepCount) steps: it is damaged")
    }
  }
}

/// What some steps came to.
package struct StepSums: Hashable, Sendable, Codable {
  package var stepCount = 0
  package var imageCount = 0
  package var correctCount = 0
  /// Of the mean losses of the steps.
  package var lossSum = 0.0
  /// What they took, waiting for data included.
  package var seconds = 0.0
  /// For how much of that they waited for data.
  package var waitSeconds = 0.0

  package init() {}

  init(_ outcome: StepOutcome, imageCount: Int, seconds: Double, waitSeconds: Double) {
    stepCount = 1
    self.imageCount = imageCount
    correctCount = outcome.correctCount
    lossSum = Double(outcome.loss)
    self.seconds = seconds
    self.waitSeconds = waitSeconds
  }

  mutating func add(_ other: StepSums) {
    stepCount += other.stepCount
    imageCount += other.imageCount
    correctCount += other.correctCount
    lossSum += other.lossSum
    seconds += other.seconds
    waitSeconds += other.waitSeconds
  }

  /// The mean loss.
  package var loss: Double { lossSum / Double(max(stepCount, 1)) }
  /// The part of the images, 0 to 1, that were classified wrongly.
  package var error: Double { 1 - Double(correctCount) / Double(max(imageCount, 1)) }
  package var imagesPerSecond: Double { seconds > 0 ? Double(imageCount) / seconds : 0 }
  /// The part of the time, 0 to 1, that went by waiting for data.
  package var waitFraction: Double { seconds > 0 ? waitSeconds / seconds : 0 }
}
