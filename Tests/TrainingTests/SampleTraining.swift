import Formats
import Foundation
import Training

/// A training of the small model in a directory that goes with this object.
final class SampleTraining {
  let directory = FileManager.default.temporaryDirectory.appending(path: "apus-training-\(UUID().uuidString)")
  let batch = 8
  let points = Points(batch: 8)
  var plan = TrainingPlan(stepCount: 45, stepsPerEpoch: 10) { $0 < 30 ? 0.5 : 0.05 }
  var identity = TrainingIdentity([.init("network", "Softmax"), .init("batch", "8")])

  init() {
    plan.logInterval = 4
    plan.saveInterval = .zero
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  func path(_ name: String) -> String { directory.appending(path: name).path }

  /// Trains, from the beginning or from the checkpoint, until the end or until it is interrupted before a step.
  @discardableResult
  func run(
    resuming isResumed: Bool = false, model: SoftmaxRegression? = nil, interruptedAt step: Int? = nil
  ) throws -> (model: SoftmaxRegression, end: TrainingEnd, progress: TrainingProgress) {
    let model = model ?? SoftmaxRegression(batch: batch)
    var loop = try TrainingLoop(
      model: model, batches: points, evaluation: points, plan: plan, identity: identity,
      directory: TrainingDirectory(directory.path),
      header: .object(["kind": .string("header"), "network": .string("Softmax"), "steps_per_epoch": .integer(10)]),
      isResumed: isResumed)
    var done = loop.progress.step
    let end = try loop.run(isInterrupted: { done == step }, report: { _, progress in done = progress.step })
    return (model, end, loop.progress)
  }

  /// The log without what differs from run to run.
  func log() throws -> [String] {
    try String(contentsOfFile: path("log.jsonl"), encoding: .utf8).split(separator: "\n").map { line in
      String(line).replacing(#/,"(?:images_per_second|wait|seconds|evaluation_seconds)":[0-9.e+-]+/#, with: "")
    }
  }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }
}

/// The power went.
struct PowerCut: Error {}
