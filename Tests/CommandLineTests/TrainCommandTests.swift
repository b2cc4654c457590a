import Foundation
import Testing
import Training

@Suite(.serialized) struct TrainCommandTests {
  @Test func aTrainedNetworkErrsRarely() throws {
    let training = try TinyTraining()
    let run = try training.train(["--json"])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output.contains(#""finished":true,"step":60,"steps":60,"epoch":4"#))
    #expect(run.errors.contains("epoch 4/4  training loss "))
    let names = try FileManager.default.contentsOfDirectory(atPath: training.path("out")).sorted()
    #expect(
      names == ["best.safetensors", "checkpoint.safetensors", "curves.svg", "log.jsonl", "weights.safetensors"])

    // A checkpoint holds the same weights.
    for weights in ["weights", "checkpoint"] {
      let line = "evaluate tiny.apus --data data --weights out/\(weights).safetensors"
      let evaluation = try training.apus(line + " --json")
      #expect(evaluation.exitCode == 0, "\(evaluation.errors)")
      #expect(evaluation.output.contains(#""images":30,"crops":1,"correct":30,"top1_error":0.0"#))
      let text = try training.apus(line + " --classes").output
      #expect(text.contains("top-1 error 0.00 %: 30 of 30 are right") && text.contains("  1  0.00 % of 10"))
    }
  }

  @Test func inspectionTrainsNothing() throws {
    let training = try TinyTraining()
    let run = try training.train(["--inspect", "--learning-rate", "0.5"])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output.contains("  schedule     = cosine(0.5, end: 0.0)\n"))
    #expect(run.output.contains("60 steps in 4 epochs of 15; 120 pictures, evaluated on 30 of the test set"))
    #expect(run.output.contains(#/row by row\n  (?:[012](?:, )?){3}\n/#))
    #expect(try FileManager.default.contentsOfDirectory(atPath: training.path("out")) == ["inspect.png"])
  }

  /// Killed at moments that no one chose until it comes to its end, a training gives the same weights and the same log.
  @Test(.timeLimit(.minutes(10))) func killsChangeNothing() throws {
    let whole = try TinyTraining()
    #expect(try whole.train(["--log-every", "1"]).exitCode == 0)

    let killed = try TinyTraining()
    var generator = SystemRandomNumberGenerator()
    var killCount = 0
    while !FileManager.default.fileExists(atPath: killed.path("out/weights.safetensors")) {
      let hasCheckpoint = FileManager.default.fileExists(atPath: killed.path("out/checkpoint.safetensors"))
      let arguments = ["--log-every", "1", "--save-every", "0", "--threads", "\(1 + killCount % 3)"]
      let process = try killed.start(arguments + (hasCheckpoint ? ["--resume"] : []))
      // Once it trains, a few steps more.
      let steps = try stepCount(killed)
      while process.isRunning, try stepCount(killed) <= steps { usleep(500) }
      usleep(UInt32.random(in: 0..<20_000, using: &generator))
      if process.isRunning {
        process.interrupt(with: SIGKILL)
        killCount += 1
      }
      process.waitUntilExit()
    }
    #expect(killCount > 1)
    #expect(try killed.bytes("out/weights.safetensors") == whole.bytes("out/weights.safetensors"))
    #expect(try killed.bytes("out/best.safetensors") == whole.bytes("out/best.safetensors"))
    #expect(try results(killed) == results(whole))
  }

  @Test(.timeLimit(.minutes(10)), arguments: [SIGINT, SIGTERM])
  func anInterruptedTrainingSavesAndGoesOn(signal: Int32) throws {
    let whole = try TinyTraining()
    #expect(try whole.train().exitCode == 0)

    let stopped = try TinyTraining()
    let errors = try TemporaryFile()
    let process = try stopped.start(["--log-every", "1"], errors: errors.url)
    while process.isRunning, try stepCount(stopped) < 3 { usleep(500) }
    process.interrupt(with: signal)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == signal)
    #expect(try errors.text().contains(#/stopped after step \d+ of 60, which is saved in out/checkpoint.safetensors/#))

    let again = try stopped.train()
    #expect(again.exitCode == 1 && again.errors.contains("it holds a training already: --resume goes on with it"))
    let other = try stopped.train(["--resume", "--batch", "4"])
    #expect(other.exitCode == 1 && other.errors.contains("\n  batch: the checkpoint has 8, this training 4"))
    let resumed = try stopped.train(["--resume"])
    #expect(resumed.exitCode == 0 && resumed.errors.contains("going on after step "))
    #expect(try stopped.bytes("out/weights.safetensors") == whole.bytes("out/weights.safetensors"))
  }

  /// A file that names the batches of another training, in its order, makes the same weights; with two batches
  /// exchanged, others.
  @Test func anOrderSaysWhichPicturesMakeUpEachBatch() throws {
    let shuffled = try TinyTraining()
    #expect(try shuffled.train(["--seed", "3"]).exitCode == 0)
    let order = BatchOrder(shuffling: Array(0..<120), batch: 8, seed: 3)
    let batches = (0..<60).map { Array(order.images(of: $0)) }
    for (rows, isSame) in [(batches, true), (Array(batches.reversed()), false)] {
      let ordered = try TinyTraining()
      let header = "{'descr': '<i4', 'fortran_order': False, 'shape': (60, 8), }\n"
      let file = Data([0x93] + "NUMPY".utf8 + [1, 0, UInt8(header.utf8.count), 0] + header.utf8)
      try (file + Array(rows.joined()).withUnsafeBytes { Data($0) }).write(
        to: ordered.directory.appending(path: "order.npy"))
      let run = try ordered.train(["--seed", "3", "--order", "order.npy"])
      #expect(run.exitCode == 0, "\(run.errors)")
      let weights = try ordered.bytes("out/weights.safetensors")
      #expect(try (weights == shuffled.bytes("out/weights.safetensors")) == isSame)
    }
  }

  @Test func aTrainingThatDivergesSaysWhere() throws {
    let training = try TinyTraining()
    let run = try training.train(["--learning-rate", "1e6", "--epochs", "400"])
    #expect(run.exitCode == 1, "\(run.errors)")
    #expect(run.errors.contains(#/apus: error: the loss of step \d+ is (?:-?nan|inf)/#))
    #expect(run.errors.contains("out/checkpoint.safetensors is as it was saved last."))
  }

  /// Fewer classes than the weights have: the head is drawn anew, what is frozen stays, and the rest is trained.
  @Test func fineTuningTrainsANewHead() throws {
    let training = try TinyTraining()
    #expect(try training.train(["--set", "classes=7", "--epochs", "1"]).exitCode == 0)
    try FileManager.default.moveItem(atPath: training.path("out"), toPath: training.path("first"))
    let weights = ["--weights", "first/weights.safetensors"]
    let refused = try training.train(weights)
    #expect(refused.exitCode == 1 && refused.errors.contains("misshaped 'fc.weight'"))
    let run = try training.train(weights + ["--new-head", "--freeze", "conv1", "--freeze", "bn1"])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors.contains("note: drawn anew: fc.bias, fc.weight"))
    let log = try String(contentsOfFile: training.path("out/log.jsonl"), encoding: .utf8)
    #expect(log.contains(#""frozen":"[\"conv1\", \"bn1\"]""#))
  }

  @Test(arguments: [
    ("train tiny.apus", 2, "Missing expected argument '--data <dir>'"),
    ("train tiny.apus --data nowhere", 1, "nowhere: error: no such file or directory"),
    ("train tiny.apus --data data --recipe Shrt", 1, "Shrt"),
    ("train tiny.apus --data data --epochs 0", 2, "--epochs takes more than 0"),
    ("train tiny.apus --data data --learning-rate nan", 2, "--learning-rate takes more than 0"),
    ("train tiny.apus --data data --batch 0", 2, "--batch takes 1 to 65536."),
    ("train tiny.apus --data data --batch 121", 1, "a batch of 121 needs more than 120 pictures"),
    ("train tiny.apus --data data --new-head", 2, "--new-head goes with --weights."),
    ("train tiny.apus --data data --freeze conv2", 2, "'Tiny' has no parameters under 'conv2'."),
    ("train tiny.apus --data data --resume --inspect", 2, "Give either --resume or --inspect."),
    ("train tiny.apus --data data --resume", 1, "there is no checkpoint to go on from"),
    ("train tiny.apus --data data --set classes=2", 1, "it has 3 classes, and the network 2"),
    ("train tiny.apus --data data --order tiny.apus", 1, "tiny.apus"),
    ("evaluate tiny.apus --data data", 2, "Missing expected argument '--weights <w.safetensors>'"),
    ("evaluate tiny.apus --data data --weights w --crops 5", 2, "--crops takes 1 or 10."),
    ("evaluate tiny.apus --data data --weights w --crops 10 --batch 9", 2, "--batch takes 10 to 65536"),
  ])
  func whatIsWrongIsSaid(_ line: String, _ exitCode: Int32, _ message: String) throws {
    let training = try TinyTraining()
    let run = try training.apus(line)
    #expect(run.exitCode == exitCode && run.output == "")
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: training.path("")).sorted() == ["data", "tiny.apus"])
  }

  /// The steps in the log; 0 where there is no log yet.
  private func stepCount(_ training: TinyTraining) throws -> Int {
    guard let log = try? training.bytes("out/log.jsonl") else { return 0 }
    return String(decoding: log, as: UTF8.self).split(separator: "\n").count { $0.contains(#""kind":"steps""#) }
  }

  /// The lines of the log but for the header, without what differs from run to run.
  private func results(_ training: TinyTraining) throws -> [String] {
    String(decoding: try training.bytes("out/log.jsonl"), as: UTF8.self).split(separator: "\n").dropFirst().map {
      String($0).replacing(#/,"(?:images_per_second|wait|seconds|evaluation_seconds)":[0-9.e+-]+/#, with: "")
    }
  }
}
