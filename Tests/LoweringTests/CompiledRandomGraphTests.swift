import CodeGen
import GraphIR
import Passes
import Reference
import Tensors
import TestSupport
import Testing

/// Networks that nobody would write, through all passes and compiled, against the reference on the graph as it was.
@Suite struct CompiledRandomGraphTests {
  private static let batch = 3

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
    let results = try compiled.run(tensors.inputs, batch: Self.batch, threadCount: 1)
    for (output, found) in zip(optimized.outputs, results) {
      let error = relativeError(found, try #require(expected[output.name]).elements)
      #expect(error <= 2 * CompiledOpTests.tolerance, "\(target.name), output '\(output.name)' of\n\(optimized)")
    }
    // Neither threads nor batch mates change a bit.
    #expect(try compiled.run(tensors.inputs, batch: Self.batch, threadCount: 3) == results)
    let first = tensors.inputs.mapValues { tensor in
      let count = tensor.elements.count / Self.batch
      return Tensor([1] + tensor.dimensions.dropFirst(), Array(tensor.elements[..<count]))
    }
    let alone = try compiled.run(first, batch: 1, threadCount: 2)
    #expect(alone == results.map { Array($0[..<($0.count / Self.batch)]) })
  }
}
