import ArgumentParser
import CodeGen
import Compiler
import Formats
import Foundation
import GraphIR
import Tensors

struct GradientsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradients",
    abstract: "Computes the gradients of a network's loss on one batch.",
    discussion: """
      One pass forward and backward as in training: batch norms normalise by the batch, the loss is the mean \
      cross-entropy, plus that of auxiliary heads as the network's first recipe weights them. Dropout is the identity, \
      and no weight decays. The file has `loss`, `logits`, the gradient of each parameter under its name, that of the \
      input as `input`, and the updated running statistics under their names.

      Examples:
        apus gradients net.apus --weights w.safetensors --input x.npy --labels y.npy -o g.safetensors
        apus gradients net.apus --seed 1 --input x.npy --labels y.npy --reference -o g.safetensors
      """)

  @OptionGroup var network: NetworkOptions

  @OptionGroup var weights: WeightsOptions
  @OptionGroup var thread: ThreadOption

  @Option(
    help: ArgumentHelp("The images, one array for each input: f32, NCHW, preprocessed.", valueName: "x.npy"),
    completion: .file(extensions: ["npy"]))
  var input: [String] = []

  @Option(
    help: ArgumentHelp("The class of each image: an array of i32 or i64, [N].", valueName: "y.npy"),
    completion: .file(extensions: ["npy"]))
  var labels: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write the gradients.", valueName: "g.safetensors"))
  var output: String

  @Flag(help: "Compute in f64, by the reference engine, and write f64.")
  var reference = false

  func validate() throws {
    if input.isEmpty { throw ValidationError("Give the images: --input X.npy.") }
  }

  func run() throws {
    try checkOutput(output)
    let training = try network.elaborate(isTraining: true)
    let pass = try GradientPass(training)
    let weights = try weights.load(for: training)
    let images = try readImages(for: pass)
    let labels = try readLabels(count: images[0].shape[0], for: pass)
    if reference {
      let tensors = images.map { Tensor($0.shape, floats: $0.elements) }
      let results = try pass.evaluate(weights: weights, images: tensors, labels: labels)
      try SafetensorsWriter.write(
        results.mapValues { .init(shape: $0.dimensions, doubles: $0.elements) }, metadata: ["format": "pt"], to: output)
    } else {
      let results = try pass.run(
        weights: weights, images: images.map(\.elements), labels: labels, target: Target(named: "native"),
        threadCount: thread.threads)
      try SafetensorsWriter.write(
        results.mapValues { .init(shape: $0.dimensions, elements: FloatElements($0.floats)) },
        metadata: ["format": "pt"], to: output)
    }
  }

  // MARK: Reading

  /// An array for each input, all with the same number of images.
  private func readImages(for pass: GradientPass) throws -> [NpyArray<Float>] {
    let inputs = pass.imageInputs
    guard input.count == inputs.count else {
      let names = inputs.map(\.name).joined(separator: ", ")
      throw ValidationError("The network takes --input \(inputs.count) times (\(names)); given \(input.count).")
    }
    var arrays: [NpyArray<Float>] = []
    for (path, input) in zip(input, inputs) {
      let array = try NpyArray<Float>(contentsOf: path)
      let expected = pass.graph.type(of: input.value).shape
      let count = arrays.first?.shape.first ?? array.shape.first ?? 0
      guard array.shape == expected.resolved(batch: count) else {
        let batch = arrays.isEmpty ? "" : ", N being \(count) as in \(self.input[0])"
        throw Failure(.input, "\(path): error: its shape is \(array.shape); '\(input.name)' takes \(expected)\(batch)")
      }
      guard (1...BatchRange.largest).contains(count) else {
        throw Failure(.input, "\(path): error: it holds \(count) images; 1 to \(BatchRange.largest) are expected")
      }
      arrays.append(array)
    }
    return arrays
  }

  private func readLabels(count: Int, for pass: GradientPass) throws -> [Int32] {
    let array = try NpyArray<Int32>(contentsOf: labels)
    guard array.shape == [count] else {
      throw Failure(
        .input, "\(labels): error: its shape is \(array.shape); a label for each of the \(count) images is expected")
    }
    do {
      try pass.check(labels: array.elements)
    } catch {
      throw Failure(.input, "\(labels): error: \(error.description)")
    }
    return array.elements
  }
}
