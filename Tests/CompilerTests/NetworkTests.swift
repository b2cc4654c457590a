import CodeGen
import Compiler
import Diagnostics
import Formats
import GraphIR
import Language
import Testing

/// Every network of the examples, compiled, against the reference engine: at batch 1 and at an odd batch with odd
/// sizes, and bit for bit the same at every thread count.
@Suite(.serialized) struct NetworkTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var file: String
    var network: String
    var settings: [String] = []
    var batch = 1

    var testDescription: String { ([network] + settings + ["batch \(batch)"]).joined(separator: " ") }

    func elaborate() throws -> Network {
      let module = Module.load(path: Examples.path("networks/\(file).apus"))
      let (network, diagnostics) = module.elaborate(
        network, overrides: try settings.map { text throws(Diagnostic) in try ParameterOverride(text) })
      return try #require(network, "\(module.diagnostics + diagnostics)")
    }
  }

  static let imageNet = [
    "ResNet18", "ResNet34", "ResNet34A", "ResNet34C", "ResNet50", "ResNet50v1", "ResNet101", "ResNet101v1",
    "ResNet152", "ResNet152v1", "Plain18", "Plain34", "WideResNet50", "ResNeXt50",
  ]
  static let cifar = [
    "ResNet20", "ResNet32", "ResNet44", "ResNet56", "ResNet110", "ResNet1202", "Plain20", "Plain32", "Plain44",
    "Plain56", "FashionResNet20",
  ]

  static let examples =
    imageNet.map { Example(file: "resnet", network: $0) }
    + imageNet.map { Example(file: "resnet", network: $0, settings: ["size=65"], batch: 3) }
    + cifar.map { Example(file: "cifar", network: $0) }
    + cifar.filter { $0 != "ResNet1202" }.map {
      Example(file: "cifar", network: $0, settings: $0 == "FashionResNet20" ? [] : ["size=27"], batch: 5)
    }

  @Test(arguments: examples)
  func agreesWithReference(_ example: Example) throws {
    let network = try example.elaborate()
    let target = try Target(named: "native")
    var compilation = try Compilation(network, target: target, batch: 1...example.batch)
    let weights = Self.calmWeights(for: network.graph)
    let model = try compilation.model(weights: weights, threadCount: 2)
    let verification = try Verification(
      compilation, model: model, weights: weights, batch: example.batch, threadCount: 2)
    #expect(verification.firstDivergence == nil)
    #expect(verification.comparisons.last?.name == network.graph.nodes.last?.name, "the output was not compared")

    let count = model.program.inputs[0].elementCount(batch: example.batch)
    let input = (0..<count).map { Float($0 % 251) / 125 - 1 }
    let outputs = try [1, 2, 3, 8].map { threadCount in
      try ExecutionContext(model: model, threadCount: threadCount).run(batch: example.batch, inputs: [input])
    }
    #expect(outputs.allSatisfy { $0 == outputs[0] }, "bits depend on the thread count")
    let alone = try ExecutionContext(model: model, threadCount: 2)
      .run(batch: 1, inputs: [Array(input[..<(count / example.batch)])])
    #expect(alone == outputs[0].map { Array($0[..<($0.count / example.batch)]) }, "bits depend on batch mates")
    #expect(outputs[0][0].contains { $0 != outputs[0][0][0] }, "all logits are the same")
  }

  /// Weights from a seed, with each residual block's last batch norm scaled down: where each of ResNet-1202's 600
  /// blocks doubled the activations, as fresh weights do, they would pass what f32 holds.
  private static func calmWeights(for graph: Graph) -> Weights {
    let drawn = Weights(seed: 1, for: graph)
    var elements: [String: FloatElements] = [:]
    for parameter in graph.parameters {
      let isLastScale = parameter.name.hasSuffix("bn2.weight") || parameter.name.hasSuffix("bn3.weight")
      elements[parameter.name] =
        isLastScale ? FloatElements(drawn[parameter].floats.map { $0 * 0.1 }) : drawn[parameter]
    }
    return Weights(elements: elements)
  }
}
