import CodeGen
import Compiler
import Foundation
import GraphIR
import Language
import Testing
import Training

/// Libraries that `apus compile --train` writes, in C programs, beside training in this process.
@Suite struct TrainingLibraryTests {
  private static let network = """
    recipe Short {
      iterations = 5
      batch      = 4
      optimizer  = sgd(momentum: 0.9, nesterov: true, weightDecay: 1e-3)
      schedule   = constant(0.05)
    }

    recipe Plain = Short {
      optimizer = sgd
    }

    network Tiny(image: f32[N, 2, 8, 8]) -> logits using Short, Plain {
      conv1 = conv(image, 6, kernel: 3, padding: 1)
      bn1   = batchNorm(conv1)
      left  = relu(bn1)
      conv2 = conv(left, 6, kernel: 3, padding: 1, bias: false)
      bn2   = batchNorm(conv2)
      fc    = linear(globalAveragePool(relu(bn2 + left)), 3)
      return fc
    }

    """

  /// Prints the bits of five losses and, after a step that fails, of the logits of six images; saves the weights.
  private static let program = """
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include "tiny.h"
    static float images[6 * Tiny_IMAGE_ELEMENTS], logits[6 * Tiny_CLASS_COUNT];
    static float far[Tiny_BATCH * Tiny_IMAGE_ELEMENTS];
    static void print_bits(float number) {
      uint32_t bits;
      memcpy(&bits, &number, sizeof bits);
      printf("%u\\n", bits);
    }
    int main(int argc, char **argv) {
      if (argc != 2) return 2;
      for (int i = 0; i < 6 * Tiny_IMAGE_ELEMENTS; ++i) images[i] = (float)(i * 7 % 31) / 16 - 1;
      int32_t labels[Tiny_BATCH] = {0, 1, 2, 1};
      Tiny_options options = {.abi_version = Tiny_ABI_VERSION, .thread_count = atoi(argv[1])};
      Tiny_trainer *trainer;
      int status = Tiny_trainer_create(&options, &trainer);
      for (int i = 0; i < 5 && !status; ++i) {
        float loss;
        status = Tiny_trainer_step(trainer, images, labels, 0.05f, &loss);
        print_bits(loss);
      }
      for (int i = 0; i < Tiny_BATCH * Tiny_IMAGE_ELEMENTS; ++i) far[i] = 1e38f;
      if (!status && Tiny_trainer_step(trainer, far, labels, 0.05f, NULL) != Tiny_NOT_FINITE) status = 100;
      if (!status) status = Tiny_trainer_evaluate(trainer, 6, images, logits);
      for (int i = 0; i < 6 * Tiny_CLASS_COUNT; ++i) print_bits(logits[i]);
      if (!status) status = Tiny_trainer_save(trainer, "tiny.safetensors");
      if (status) fprintf(stderr, "%s\\n", Tiny_trainer_error(trainer));
      Tiny_trainer_destroy(trainer);
      return status;
    }

    """

  /// A directory with the network and the program, which goes with this object.
  private final class Workplace {
    let directory: URL

    init() throws {
      directory = FileManager.default.temporaryDirectory.appending(path: "apus-training-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      for (name, text) in [("tiny.apus", network), ("main.c", program)] {
        try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
      }
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func apus(_ arguments: String...) throws -> CommandLineRun {
      try CommandLineRun(arguments: arguments, in: directory)
    }

    /// The output of a shell command that must succeed.
    func shell(_ command: String) throws -> String {
      let run = try CommandLineRun(program: "/bin/sh", arguments: ["-c", command], in: directory)
      #expect(run.exitCode == 0 && run.errors.isEmpty, "\(command)\n\(run.errors)")
      return run.output
    }
  }

  /// What training in this process makes of the same images, as the program prints it, the weights after it, and the
  /// bytes that a step takes.
  private func expectation(
    in workplace: Workplace
  ) throws -> (output: String, weights: [String: [Float]], peakByteCount: Int) {
    let module = Module.load(path: workplace.directory.appending(path: "tiny.apus").path)
    let training = try #require(module.elaborate(nil, overrides: [], isTraining: true).0)
    let inference = try #require(module.elaborate(nil, overrides: []).0)
    let compilation = try TrainingCompilation(
      training: training, inference: inference, recipe: try training.recipe(), batch: 4,
      target: try .init(named: "native"))
    let session = try TrainingSession(compilation, weights: Weights(seed: 5, for: training.graph), threadCount: 1)
    let images: [Float] = (0..<6 * 128).map { Float($0 * 7 % 31) / 16 - 1 }
    let labels: [Int32] = [0, 1, 2, 1]
    var losses: [Float] = []
    for step in 0..<5 {
      let outcome = try images.withUnsafeBufferPointer { images in
        try labels.withUnsafeBufferPointer { labels in
          try session.step(
            images: UnsafeBufferPointer(rebasing: images[..<(4 * 128)]), labels: labels, learningRate: 0.05, step: step)
        }
      }
      losses.append(outcome.loss)
    }
    #expect(losses[4] < losses[0])
    var logits: [Float] = []
    for range in [0..<4, 4..<6] {
      logits += try images[(range.lowerBound * 128)...].withUnsafeBufferPointer {
        try session.logits(images: $0, count: range.count)
      }
    }
    let weights = session.state.filter { $0.role != .momentum }.map { ($0.name, session.elements(of: $0)) }
    return (
      (losses + logits).map { "\($0.bitPattern)\n" }.joined(), Dictionary(uniqueKeysWithValues: weights),
      compilation.memory.peakByteCount
    )
  }

  /// One of the two libraries computes some values twice, to save memory.
  @Test func bitsAreThoseOfTrainingInThisProcess() throws {
    let workplace = try Workplace()
    let (output, weights, peakByteCount) = try expectation(in: workplace)
    let arguments = ["compile", "--train", "tiny.apus", "--seed", "5", "--batch", "4"]
    let budget = ["--memory", "\(peakByteCount - 1)"]
    for (form, name, options) in [("shared", "libtiny.so", []), ("object", "tiny.o", budget)] {
      let run = try CommandLineRun(
        arguments: arguments + ["--emit", form, "-o", name, "--report"] + options, in: workplace.directory)
      #expect(run.exitCode == 0, "\(run.errors)")
      #expect(run.errors.contains("\n  computed twice: 1 ") == !options.isEmpty, "\(run.errors)")
      #expect(run.errors.contains("\npeak memory"), "\(run.errors)")
    }
    let warnings = "-std=c11 -O1 -Wall -Wextra -Werror"
    _ = try workplace.shell("clang \(warnings) main.c -L. -ltiny -Wl,-rpath,'$ORIGIN' -o with-clang")
    _ = try workplace.shell("gcc \(warnings) main.c tiny.o -pthread -o with-gcc")
    for program in ["with-clang", "with-gcc"] {
      for threads in 1...2 { #expect(try workplace.shell("./\(program) \(threads)") == output) }
    }
    let path = workplace.directory.appending(path: "tiny.safetensors").path
    let module = Module.load(path: workplace.directory.appending(path: "tiny.apus").path)
    let network = try #require(module.elaborate(nil, overrides: []).0)
    let saved = try Weights(contentsOf: path, for: network)
    for parameter in network.graph.parameters {
      #expect(saved[parameter].withUnsafeElements(Array.init) == weights[parameter.name], "\(parameter.name)")
    }
    let classified = try workplace.apus("compile", "tiny.apus", "--weights", "tiny.safetensors", "-o", "tiny")
    #expect(classified.exitCode == 0, "\(classified.errors)")
  }

  @Test(arguments: [
    (["--batch", "4"], "give --emit shared, static or object"),
    (["--emit", "exe"], "give --emit shared, static or object"),
    (["--emit", "shared", "--batch", "1..4"], "--batch takes one number"),
    (["--emit", "shared", "--weights-beside"], "--weights-beside does not go with --train"),
    (["--emit", "shared", "--recipe", "Short1"], "'Short'"),
    (["--emit", "shared", "--memory", "1K"], "a step of 4 images does not fit in 1024 bytes"),
  ])
  func saysWhatTrainingTakes(arguments: [String], message: String) throws {
    let workplace = try Workplace()
    let run = try CommandLineRun(
      arguments: ["compile", "--train", "tiny.apus"] + arguments, in: workplace.directory)
    #expect(run.exitCode == (arguments.contains { ["--recipe", "--memory"].contains($0) } ? 1 : 2))
    #expect(run.errors.contains(message), "\(run.errors)")
  }

  @Test func aRecipeGoesWithTraining() throws {
    let workplace = try Workplace()
    let run = try workplace.apus("compile", "tiny.apus", "--seed", "1", "--recipe", "Plain")
    #expect(run.exitCode == 2 && run.errors.contains("--recipe goes with --train"), "\(run.errors)")
  }

  @Test func stagesAreShown() throws {
    let workplace = try Workplace()
    let graph = try workplace.apus("compile", "--train", "tiny.apus", "--emit", "graph")
    #expect(graph.exitCode == 0 && graph.output.contains("update @fc.weight"), "\(graph.errors)")
    #expect(graph.output.contains("fc.weight.momentum"))
    let plain = try workplace.apus("compile", "--train", "tiny.apus", "--recipe", "Plain", "--emit", "graph")
    #expect(plain.exitCode == 0 && plain.output != graph.output, "\(plain.errors)")
  }

  /// The C program of examples/train-in-c, on pictures that it draws.
  @Test func theExampleTrains() throws {
    let example = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../examples/train-in-c").standardizedFileURL
    let workplace = try Workplace()
    let text = try workplace.shell(
      "make --silent -C '\(example.path)' run APUS='\(CommandLineRun.apus)' BUILD='\(workplace.directory.path)' STEPS=200 "
        + "2>make.errors || { cat make.errors >&2; false; }")
    let losses = text.split(separator: "\n").compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    #expect(losses.count == 10 && losses[9] < losses[0] / 2, "\(text)")
    let accuracy = text.split(separator: "\n").first { $0.hasPrefix("accuracy") }?.split(separator: " ")[1]
    #expect(accuracy.flatMap { Double($0) }.map { $0 > 60 } == true, "\(text)")
    #expect(text.hasSuffix("wrote clothes.safetensors\n"))
  }
}
