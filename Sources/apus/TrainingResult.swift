import Formats
import Training

/// What a training came to, for whoever ran the command.
struct TrainingResult {
  private let end: TrainingEnd
  private let progress: TrainingProgress
  private let plan: TrainingPlan
  private let weightsPath: String

  init(_ end: TrainingEnd, _ progress: TrainingProgress, _ plan: TrainingPlan, weightsPath: String) {
    self.end = end
    self.progress = progress
    self.plan = plan
    self.weightsPath = weightsPath
  }

  var text: String {
    guard end == .finished else { return "step \(progress.step) of \(plan.stepCount) is done" }
    let best = progress.best.map {
      "; the least was \(($0.error * 100).formatted(digits: 2)) % after epoch \($0.epoch)"
    }
    let error = progress.last.map { "error \(($0.error * 100).formatted(digits: 2)) %" } ?? "no epoch was evaluated"
    return "\(error)\(best ?? "")\nthe weights are in \(weightsPath)"
  }

  var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("finished", .bool(end == .finished)), ("step", .integer(progress.step)),
      ("steps", .integer(plan.stepCount)), ("epoch", .integer(progress.epoch)),
      ("seconds", .rounded(progress.seconds)),
    ]
    if let last = progress.last {
      members += [
        ("test_loss", .rounded(last.loss)), ("test_error", .rounded(last.error)),
        ("test_top5_error", .rounded(last.errorInFive)),
      ]
    }
    if let best = progress.best {
      members += [("best_error", .rounded(best.error)), ("best_epoch", .integer(best.epoch))]
    }
    if end == .finished { members.append(("weights", .string(weightsPath))) }
    return .object(.init(uniqueKeysWithValues: members))
  }
}
