import CodeGen
import Foundation
import GraphIR
import Kernels
import Lowering
import Reference
import Tensors

/// Compiled code against the reference engine: every step's value, on inputs drawn from a fixed seed, against what
/// the network as it is written means in f64.
package struct Verification: Sendable {
  /// One value that both have.
  package struct Comparison: Sendable, Encodable {
    package var name: String
    package var op: String
    /// max|difference| / max|reference|
    package var error: Double
    package var tolerance: Double

    // Not a number is a divergence too.
    package var diverges: Bool { !(error <= tolerance) }
  }

  /// In the order of the network.
  package let comparisons: [Comparison]

  package var firstDivergence: Comparison? { comparisons.first(where: \.diverges) }
  package var largestError: Double { comparisons.map(\.error).max() ?? 0 }

  /// - Parameters:
  ///   - model: The compilation's machine code with `weights`.
  ///   - threadCount: nil: as many threads as the process may keep busy.
  ///   - progress: Called with nodes done, and all nodes.
  package init(
    _ compilation: Compilation, model: ExecutableModel, weights: Weights, batch: Int, threadCount: Int?,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    let graph = compilation.network.graph
    let inputs = Self.inputs(of: graph, batch: batch)
    let context = try ExecutionContext(model: model, threadCount: threadCount)
    let compiled = try context.values(batch: batch, inputs: graph.inputs.compactMap { inputs[$0.name]?.floats })

    var comparisons: [Comparison] = []
    let depths = Self.depths(of: graph)
    _ = try ReferenceEngine().run(
      graph, inputs: inputs,
      parameter: { weights.tensor(of: $0, in: graph) },
      observe: { step in
        progress(step.index + 1, graph.nodes.count)
        guard let found = compiled[step.node.results[0]] else { return }
        comparisons.append(
          Comparison(
            name: step.node.name, op: type(of: step.node.op).mnemonic,
            error: relativeError(found, step.results[0].elements),
            tolerance: Self.tolerance(depth: depths[step.node.results[0]] ?? 0, isExact: compilation.isExact)))
      })
    self.comparisons = comparisons
  }

  /// Rounding errors of f32, whose unit is 2^-24: 16 units for a layer's own sums, which run in a fixed order over
  /// hundreds of terms of both signs, or 64 for what Winograd's algorithm and Strassen's add up before and after they
  /// multiply; and a quarter of that for each convolution or linear layer before it. Errors that were measured are two
  /// to ten times smaller.
  private static func tolerance(depth: Int, isExact: Bool) -> Double {
    (isExact ? 16 : 64) * 0x1p-24 * (1 + Double(depth) / 4)
  }

  /// Convolutions and linear layers on the longest way to each value.
  private static func depths(of graph: Graph) -> [ValueID: Int] {
    var depths: [ValueID: Int] = [:]
    for node in graph.nodes {
      let operandTypes = node.operands.map { graph.type(of: $0) }
      let isLayer = node.op.multiplyAdds(operandTypes, node.results.map { graph.type(of: $0) }) > 0
      let before = node.operands.compactMap { depths[$0] }.max() ?? 0
      for result in node.results { depths[result] = before + (isLayer ? 1 : 0) }
    }
    return depths
  }

  private static func inputs(of graph: Graph, batch: Int) -> [String: Tensor] {
    var inputs: [String: Tensor] = [:]
    for input in graph.inputs {
      let dimensions = graph.type(of: input.value).shape.resolved(batch: batch)
      var stream = RandomStream(seed: 1, name: input.name)
      inputs[input.name] = Tensor(dimensions, floats: stream.draw(.uniform(bound: 2), count: dimensions.reduce(1, *)))
    }
    return inputs
  }
}

/// max|difference| / max|reference|; infinite where an element is not a number.
private func relativeError(_ found: [Float], _ expected: [Double]) -> Double {
  var difference = 0.0
  var largest = 0.0
  for (found, expected) in zip(found, expected) {
    difference = found.isNaN ? .infinity : max(difference, abs(Double(found) - expected))
    largest = max(largest, abs(expected))
  }
  return largest == 0 ? difference : difference / largest
}
