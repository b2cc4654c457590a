import CodeGen
import GraphIR
import Passes
import Reference
import TestSupport
import Testing

/// Networks that nobody would write, through all passes and compiled, against the reference on the graph as it was.
@Suite struct CompiledRandomGraphTests {
  private static let batch = 2

  @Test(arguments: 0..<16)
  func agreesWithReference(seed: UInt64) throws {
    let graph = try RandomGraph.make(seed: seed)
    let tensors = GraphTensors(graph, batch: Self.batch, seed: seed)
    let expected = try ReferenceEngine().run(graph, inputs: tensors.inputs) {
      try #require(tensors.parameters[$0.name])
    }
    let optimized = try Pipeline.inference.run(graph).graph
    let target = CompiledOpTests.targets[Int(seed) % CompiledOpTests.targets.count]
    let compiled = try CompiledGraph(
      optimized, parameters: tensors.parameters, target: target, batch: 1...Self.batch)
    let results = try compiled.run(tensors.inputs, batch: Self.batch, threadCount: 1 + Int(seed % 3))
    for (output, found) in zip(optimized.outputs, results) {
      let error = relativeError(found, try #require(expected[output.name]).elements)
      #expect(error <= 2 * CompiledOpTests.tolerance, "\(target.name), output '\(output.name)' of\n\(optimized)")
    }
  }
}
