import GraphIR
import Reference
import Tensors
import TestSupport
import Testing

/// What a graph computes on random data, which are the same for graphs with the same inputs and parameters.
struct Evaluation {
  private var outputs: [String: Tensor]
  private var values: [ValueID: Tensor]

  init(_ graph: Graph) throws {
    let tensors = GraphTensors(graph, batch: 2, seed: 1)
    var values: [ValueID: Tensor] = [:]
    outputs = try ReferenceEngine().run(
      graph, inputs: tensors.inputs, parameter: { try #require(tensors.parameters[$0.name]) },
      observe: { step in for (value, tensor) in zip(step.node.results, step.results) { values[value] = tensor } })
    self.values = values
  }

  /// Expects that a rewritten graph has the same outputs, but for gradients that are used up, and the same elements in
  /// every value that both compute.
  func expectSame(_ rewritten: Graph, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let found = try Evaluation(rewritten)
    for (name, output) in outputs where found.outputs[name] != nil || !name.hasPrefix("gradient.") {
      expectClose(found.outputs[name], output, "output '\(name)'", sourceLocation)
    }
    for (value, tensor) in values where found.values[value] != nil {
      expectClose(found.values[value], tensor, "value \(value.index)", sourceLocation)
    }
  }
}

/// Expects a difference of at most 1e-12 of the largest element: both were computed in f64.
private func expectClose(_ found: Tensor?, _ expected: Tensor, _ what: String, _ sourceLocation: SourceLocation) {
  guard let found else {
    Issue.record("\(what) is missing", sourceLocation: sourceLocation)
    return
  }
  #expect(found.dimensions == expected.dimensions, "\(what)", sourceLocation: sourceLocation)
  guard found.elements.count == expected.elements.count else { return }
  let scale = expected.elements.reduce(0) { max($0, abs($1)) }
  let error = zip(found.elements, expected.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
  #expect(error <= 1e-12 * scale, "\(what)", sourceLocation: sourceLocation)
}
