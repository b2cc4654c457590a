import Formats
import Foundation

/// A line of the log about the steps since the one before.
package struct StepRecord: Hashable, Sendable {
  /// The steps done so far.
  package var step: Int
  /// The epoch under way, from 1.
  package var epoch: Int
  package var sums: StepSums
  /// Of the last of the steps.
  package var learningRate: Double

  init(_ progress: TrainingProgress, learningRate: Double) {
    step = progress.step
    epoch = progress.epoch + 1
    sums = progress.lineSums
    self.learningRate = learningRate
  }

  var json: JSONValue {
    .object([
      "kind": .string("steps"), "step": .integer(step), "epoch": .integer(epoch), "loss": .number(sums.loss),
      "error": .rounded(sums.error), "learning_rate": .number(learningRate),
      "images_per_second": .rounded(sums.imagesPerSecond), "wait": .rounded(sums.waitFraction),
    ])
  }
}

/// A line of the log about an epoch.
package struct EpochRecord: Hashable, Sendable {
  /// Which one, from 1.
  package var epoch: Int
  /// The steps done so far.
  package var step: Int
  /// Over the epoch's steps, while the weights changed.
  package var training: StepSums
  /// After the epoch's last step.
  package var evaluation: Evaluation
  package var evaluationSeconds: Double

  init(_ progress: TrainingProgress, _ evaluation: Evaluation, evaluationSeconds: Double) {
    epoch = progress.epoch + 1
    step = progress.step
    training = progress.epochSums
    self.evaluation = evaluation
    self.evaluationSeconds = evaluationSeconds
  }

  var json: JSONValue {
    .object([
      "kind": .string("epoch"), "epoch": .integer(epoch), "step": .integer(step),
      "training_loss": .rounded(training.loss), "training_error": .rounded(training.error),
      "test_loss": .rounded(evaluation.loss), "test_error": .rounded(evaluation.error),
      "test_top5_error": .rounded(evaluation.errorInFive), "seconds": .rounded(training.seconds),
      "evaluation_seconds": .rounded(evaluationSeconds),
    ])
  }
}

extension JSONValue {
  /// A measured number, to six digits.
  package static func rounded(_ value: Double) -> JSONValue {
    .number(Double(String(format: "%.6g", value)) ?? value)
  }
}
