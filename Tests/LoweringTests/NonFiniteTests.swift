import GraphIR
import Ops
import Reference
import Tensors
import TestSupport
import Testing

/// NaN and infinities come out of compiled code where the reference, and PyTorch, have them.
@Suite struct NonFiniteTests {
  /// A fifth of each input's elements are unusual. Where NaN and infinities meet in sums, as in convolutions, they are
  /// in one image only: what is not finite in an image stays there.
  @Test(arguments: [
    "relu n2 c17 h3 w5", "clip n2 c17 h3 w5", "prelu n2 c17 h3 w5", "maximum n2 c10 h5 w5", "minimum n2 c10 h5 w5",
    "add n2 c17 h3 w5", "subtract n1 c16 h3 w3", "multiply n2 c3 h4 w5", "affine n2 c17 h3 w3", "exp n1 c17 h4 w4",
    "sigmoid n1 c17 h4 w4", "tanh n1 c17 h4 w4", "batchNorm n2 c17 h3 w5", "softmax n8 c10",
    "maxPool n2 c17 h9 w9 k3 s2 p1", "maxPool n1 c5 h9 w9 k2", "adaptiveMaxPool n1 c17 h9 w11 z4x5",
    "averagePool n2 c17 h7 w9 k3 s2 p1", "globalAveragePool n2 c17 h2 w2", "concat n2 c3 h4 w4 o17",
    "conv n2 c3 h6 w6 o17 k1 bias residual relu", "conv n2 c17 h6 w6 o5 k3 residual clip",
    "conv n2 c17 h6 w6 o5 k3 prelu", "conv n2 c16 h6 w6 o16 k1 g8 relu", "conv n1 c32 h4 w4 o32 k3 g32",
    "linear n5 c17 o10 bias",
  ])
  func agreesWithReference(line: String) throws {
    let problem = OpProblem(line)
    let graph = try problem.graph()
    let tensors = problem.tensors(of: graph)
    let inputs = tensors.inputs.mapValues(makeUnusual)
    let expected = try ReferenceEngine().run(graph, inputs: inputs) { tensors.parameters[$0.name]! }
    for target in CompiledOpTests.targets {
      let compiled = try CompiledGraph(graph, parameters: tensors.parameters, target: target, batch: 1...problem.batch)
      let results = try compiled.run(inputs, batch: problem.batch, threadCount: 2)
      for (output, found) in zip(graph.outputs, results) {
        let expected = expected[output.name]!.elements
        let differing = zip(found, expected).filter { found, expected in
          expected.isFinite
            ? !((Double(found) - expected).magnitude <= 1e-5 * max(1, expected.magnitude))
            : !(expected.isNaN && found.isNaN || Double(found) == expected)
        }
        #expect(differing.isEmpty, "\(differing.count) of \(problem) on \(target.name): \(differing.prefix(3))")
        #expect(expected.contains { !$0.isFinite } || line.contains("clip") || line.contains("sigmoid"))
      }
    }
  }

  private func makeUnusual(_ tensor: Tensor) -> Tensor {
    var generator = SeededGenerator(seed: UInt64(tensor.elements.count))
    let unusual = [Double.nan, .infinity, -.infinity]
    let elements = tensor.elements.map { element in
      Int.random(in: 0...4, using: &generator) == 0 ? unusual[Int.random(in: 0...2, using: &generator)] : element
    }
    return Tensor(tensor.dimensions, elements)
  }
}
