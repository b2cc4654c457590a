import Foundation
import GraphIR
import Language
import Ops
import Passes
import TestSupport
import Testing

/// What the passes make of the networks that come with Apus.
@Suite struct ExamplePipelineTests {
  private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../examples/networks")

  private func graph(_ file: String, _ network: String) throws -> Graph {
    let module = Module.load(path: Self.directory.appending(path: file).path)
    let (result, diagnostics) = module.elaborate(network)
    #expect(diagnostics.map(\.message) == [])
    return try #require(result).graph
  }

  /// In a residual network everything between convolutions goes into them: what is left is one convolution a layer,
  /// pooling, the classifier, and for option A the shortcuts.
  @Test(arguments: [
    ("resnet.apus", "ResNet18", ["conv": 20, "maxPool": 1, "globalAveragePool": 1, "linear": 1]),
    ("resnet.apus", "ResNet50", ["conv": 53, "maxPool": 1, "globalAveragePool": 1, "linear": 1]),
    ("resnet.apus", "ResNeXt50", ["conv": 53, "maxPool": 1, "globalAveragePool": 1, "linear": 1]),
    ("resnet.apus", "Plain34", ["conv": 33, "maxPool": 1, "globalAveragePool": 1, "linear": 1]),
    (
      "resnet.apus", "ResNet34A",
      ["conv": 33, "maxPool": 1, "globalAveragePool": 1, "linear": 1, "subsample": 3, "padChannels": 3]
    ),
    (
      "cifar.apus", "ResNet20",
      ["conv": 19, "globalAveragePool": 1, "linear": 1, "subsample": 2, "padChannels": 2]
    ),
  ])
  func everythingGoesIntoTheConvolutions(_ file: String, _ network: String, _ expected: [String: Int]) throws {
    let graph = try graph(file, network)
    let fused = try Pipeline.inference.run(graph) { pass, graph in
      #expect(verify(graph).map(\.message) == [], "after \(pass.name)")
    }.graph
    let constants = Set(fused.constantNodeIndices)
    let rest = fused.nodes.indices.filter { !constants.contains($0) }.map { fused.nodes[$0] }
    #expect(Dictionary(grouping: rest) { type(of: $0.op).mnemonic }.mapValues(\.count) == expected)
    // Every addition went into a convolution.
    let additionCount = graph.nodes.count { $0.op is Add }
    #expect(rest.count { ($0.op as? Conv2D)?.hasResidual == true } == additionCount)
  }

  @Test func thePassesAreFastOnTheDeepestNetwork() throws {
    let graph = try graph("cifar.apus", "ResNet1202")
    let seconds = try threadSeconds { _ = try Pipeline.inference.run(graph) }
    #expect(seconds < 1)
  }
}
