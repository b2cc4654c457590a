import Formats
import Foundation
import TestSupport
import Testing
import Training

@Suite struct TrainingLoopTests {
  @Test func aTrainingLearnsAndLeavesItsFiles() throws {
    let training = SampleTraining()
    let run = try training.run()
    #expect(run.end == .finished)
    #expect(run.progress.step == 45 && run.progress.epoch == 5)
    #expect(try #require(run.progress.best).error < 0.1)
    let names = try FileManager.default.contentsOfDirectory(atPath: training.directory.path)
    #expect(
      names.sorted() == [
        "best.safetensors", "checkpoint.safetensors", "curves.svg", "log.jsonl", "weights.safetensors",
      ])
    let weights = try SafetensorsFile(path: training.path("weights.safetensors"))
    #expect(weights.entries.keys.elements == ["fc.weight", "fc.bias", "mean"])
    #expect(weights.elements(of: "fc.weight")?.floats == run.model.elements(of: run.model.state[0]))
  }

  @Test func theLogHasALineForEachInterval() throws {
    let training = SampleTraining()
    try training.run()
    let lines = try training.log()
    let kinds = lines.compactMap { $0.firstMatch(of: #/"kind":"(\w+)"/#)?.1 }
    #expect(kinds.first == "header")
    // 45 steps in lines of 4 and a last one of 1.
    #expect(kinds.count { $0 == "steps" } == 12)
    #expect(kinds.count { $0 == "epoch" } == 5)
    #expect(lines.last?.contains(#""epoch":5,"step":45,"training_loss":"#) == true)
  }

  /// Wherever it stops, and however, the end is the same to the bit, and so is the log.
  @Test(arguments: 0...45)
  func aTrainingGoesOnAsIfItHadNotStopped(at step: Int) throws {
    let whole = SampleTraining()
    let expected = try whole.run()

    let interrupted = SampleTraining()
    let first = try interrupted.run(interruptedAt: step)
    #expect(first.end == .interrupted && first.progress.step == step)
    let second = try interrupted.run(resuming: true)
    #expect(second.end == .finished && second.model.bits == expected.model.bits)
    #expect(try interrupted.log() == whole.log())
    #expect(try interrupted.bytes("weights.safetensors") == whole.bytes("weights.safetensors"))
    #expect(try interrupted.bytes("best.safetensors") == whole.bytes("best.safetensors"))
  }

  @Test(arguments: [1, 13, 20, 39])
  func aCrashLosesNoMoreThanTheStepsSinceTheCheckpoint(at step: Int) throws {
    let whole = SampleTraining()
    let expected = try whole.run()

    let training = SampleTraining()
    // Only the beginning and the ends of epochs are saved.
    training.plan.saveInterval = .seconds(3600)
    let model = SoftmaxRegression(batch: training.batch)
    model.beforeStep = { if $0 == step { throw PowerCut() } }
    #expect(throws: PowerCut.self) { try training.run(model: model) }
    let resumed = try training.run(resuming: true)
    #expect(resumed.model.bits == expected.model.bits)
    #expect(try training.log() == whole.log())
  }

  @Test func aRunEndsWhereItWasToldTo() throws {
    let whole = SampleTraining()
    let expected = try whole.run()
    let training = SampleTraining()
    training.plan.lastStep = 17
    let first = try training.run()
    #expect(first.end == .atLastStep && first.progress.step == 17)
    #expect(!FileManager.default.fileExists(atPath: training.path("weights.safetensors")))
    training.plan.lastStep = nil
    #expect(try training.run(resuming: true).model.bits == expected.model.bits)
  }

  @Test func aFinishedTrainingHasNothingLeftToDo() throws {
    let training = SampleTraining()
    let expected = try training.run()
    let log = try training.bytes("log.jsonl")
    let again = try training.run(resuming: true)
    #expect(again.end == .finished && again.model.bits == expected.model.bits)
    #expect(try training.bytes("log.jsonl") == log)
  }

  @Test func aLossThatIsNotFiniteStopsAndKeepsTheCheckpoint() throws {
    let training = SampleTraining()
    let model = SoftmaxRegression(batch: training.batch)
    model.beforeStep = { if $0 == 12 { training.points.scale = .infinity } else { training.points.scale = 1 } }
    // The batch is made before the step, so the pixels of the next one are at fault.
    #expect { try training.run(model: model) } throws: { error in
      guard let error = error as? NonFiniteLoss else { return false }
      return error.step == 13 && !error.loss.isFinite && error.node == "fc"
    }
    training.points.scale = 1
    #expect(try training.run(resuming: true, interruptedAt: 13).progress.step == 13)
  }
}
