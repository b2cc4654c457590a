/// How long a training goes on and how fast it learns: a recipe, for a data set of a certain size.
package struct TrainingPlan: Sendable {
  package var stepCount: Int
  package var stepsPerEpoch: Int
  /// The learning rate of a step.
  package var learningRate: @Sendable (Int) -> Double
  /// Where this run ends, though training does not; the schedule takes no notice of it. nil: at the end.
  package var lastStep: Int?
  /// A line of the log every so many steps.
  package var logInterval = 50
  /// A checkpoint at least so often, beside the one at the end of every epoch.
  package var saveInterval = Duration.seconds(60)

  package init(stepCount: Int, stepsPerEpoch: Int, learningRate: @escaping @Sendable (Int) -> Double) {
    precondition(stepCount >= 0 && stepsPerEpoch > 0, "a training has steps, and an epoch at least one")
    self.stepCount = stepCount
    self.stepsPerEpoch = stepsPerEpoch
    self.learningRate = learningRate
  }

  /// The epochs of the whole training; the last one may be cut short.
  package var epochCount: Int { (stepCount + stepsPerEpoch - 1) / stepsPerEpoch }

  /// The step that follows the last one of an epoch.
  package func end(ofEpoch epoch: Int) -> Int { min((epoch + 1) * stepsPerEpoch, stepCount) }

  /// Where this run ends.
  var end: Int { min(lastStep ?? stepCount, stepCount) }
}
