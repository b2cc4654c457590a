import Formats
import Foundation
import OrderedCollections
import Testing
import Training

@Suite struct CheckpointTests {
  /// What goes on from a checkpoint that does not belong to it says all that differs.
  @Test(arguments: [
    ([("network", "Softmax"), ("batch", "9")], "batch: the checkpoint has 8, this training 9"),
    ([("network", "Softmax")], "batch: the checkpoint has 8, this training nothing"),
    (
      [("network", "Softmax"), ("batch", "8"), ("order", "abc")],
      "order: the checkpoint has nothing, this training abc"
    ),
    ([("network", "Other"), ("batch", "8")], "network: the checkpoint has Softmax, this training Other"),
  ])
  func anotherTrainingIsRefused(_ fields: [(String, String)], _ message: String) throws {
    let training = SampleTraining()
    try training.run(interruptedAt: 3)
    let (checkpoint, log) = (try training.bytes("checkpoint.safetensors"), try training.bytes("log.jsonl"))
    training.identity = TrainingIdentity(fields.map { .init($0.0, $0.1) })
    #expect { try training.run(resuming: true) } throws: { "\($0)".hasSuffix("\n  " + message) }
    #expect(try training.bytes("checkpoint.safetensors") == checkpoint && training.bytes("log.jsonl") == log)
  }

  @Test(arguments: [
    (#""step":13"#, #""step":19000"#, "step 19000 of epoch 2 is none of a training of 45 steps"),
    (#""step":13"#, #""step":-1"#, "step -1 of epoch 2"),
    (#""step":13"#, #""step":9"#, "step 9 of epoch 2"),
    (#""epoch":1,"epochSums""#, #""epoch":4611686018427387904,"epochSums""#, "is none of a training"),
    (#""logByteCount":"#, #""logByteCount":-"#, "is none of a training"),
    (#""step":13"#, #""step":"x""#, "the metadata 'apus.progress' cannot be read"),
    (#""step":13"#, #""step":1e99"#, "the metadata 'apus.progress' cannot be read"),
  ])
  func damagedProgressIsRefused(_ text: String, _ replacement: String, _ message: String) throws {
    let training = SampleTraining()
    try training.run(interruptedAt: 13)
    try rewrite(training) { metadata in
      let progress = try #require(metadata["apus.progress"])
      #expect(progress.contains(text))
      metadata["apus.progress"] = progress.replacing(text, with: replacement, maxReplacements: 1)
    }
    #expect { try training.run(resuming: true) } throws: { "\($0)".contains(message) }
  }

  @Test(arguments: [
    ("fc.bias", [4], "expected 'fc.bias' to be F32 [3], found F32 [4]"),
    ("fc.bias", nil, "expected 'fc.bias' to be F32 [3], found nothing"),
  ])
  func otherTensorsAreRefused(_ name: String, _ shape: [Int]?, _ message: String) throws {
    let training = SampleTraining()
    try training.run(interruptedAt: 3)
    try rewrite(training) {
      $0 = $0
    } tensors: { tensors in
      tensors[name] = shape.map { .init(shape: $0, elements: FloatElements([Float](repeating: 0, count: $0[0]))) }
    }
    #expect { try training.run(resuming: true) } throws: { "\($0)".contains(message) }
  }

  @Test func aFileOfWeightsIsNoCheckpoint() throws {
    let training = SampleTraining()
    try training.run()
    try training.bytes("weights.safetensors").write(to: URL(filePath: training.path("checkpoint.safetensors")))
    #expect { try training.run(resuming: true) } throws: { "\($0)".contains("expected a checkpoint of apus train") }
  }

  private func rewrite(
    _ training: SampleTraining, metadata edit: (inout OrderedDictionary<String, String>) throws -> Void,
    tensors change: (inout OrderedDictionary<String, SafetensorsWriter.Tensor>) -> Void = { _ in }
  ) throws {
    let path = training.path("checkpoint.safetensors")
    let file = try SafetensorsFile(path: path)
    var metadata = file.metadata
    try edit(&metadata)
    var tensors: OrderedDictionary<String, SafetensorsWriter.Tensor> = [:]
    for (name, entry) in file.entries {
      tensors[name] = .init(shape: entry.shape, elements: try #require(file.elements(of: name)))
    }
    change(&tensors)
    try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
  }
}

@Suite struct TrainingDirectoryTests {
  @Test func oneTrainingHasADirectory() throws {
    let training = SampleTraining()
    let path = training.directory.path
    do {
      let first = try TrainingDirectory(path)
      #expect { _ = try TrainingDirectory(path) } throws: { "\($0)".contains("another process is training into it") }
      _ = consume first
    }
    _ = try TrainingDirectory(path)
  }

  @Test func whatAKilledProcessLeftIsClearedAway() throws {
    let training = SampleTraining()
    let manager = FileManager.default
    try manager.createDirectory(at: training.directory, withIntermediateDirectories: true)
    for name in ["checkpoint.safetensors.7.part", "curves.svg.123.part", "mine.part", "checkpoint.safetensors"] {
      try Data().write(to: URL(filePath: training.path(name)))
    }
    _ = try TrainingDirectory(training.directory.path)
    #expect(
      try manager.contentsOfDirectory(atPath: training.directory.path).sorted() == [
        "checkpoint.safetensors", "mine.part",
      ])
  }

  @Test func aCheckpointIsNotOverwrittenUnasked() throws {
    let training = SampleTraining()
    let path = training.directory.path
    #expect { try TrainingDirectory.check(path, isResumed: true) } throws: {
      "\($0)".contains("there is no checkpoint to go on from")
    }
    try TrainingDirectory.check(path, isResumed: false)
    try training.run(interruptedAt: 1)
    try TrainingDirectory.check(path, isResumed: true)
    #expect { try TrainingDirectory.check(path, isResumed: false) } throws: {
      "\($0)".contains("it holds a training already: --resume goes on with it")
    }
  }

  @Test func aFileIsNoDirectory() throws {
    let training = SampleTraining()
    try Data().write(to: training.directory)
    #expect { _ = try TrainingDirectory(training.directory.path) } throws: {
      "\($0)".contains("cannot be opened as a directory: not a directory")
    }
  }
}
