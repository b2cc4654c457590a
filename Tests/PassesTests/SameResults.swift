import GraphIR
import Reference
import Tensors
import TestSupport
import Testing

/// Evaluates both graphs on the same random data, and expects the same outputs, and the same of every value that both
/// compute.
func expectSameResults(_ before: Graph, _ after: Graph, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let expected = try evaluate(before)
  let found = try evaluate(after)
  for (name, output) in expected.outputs {
    expectClose(found.outputs[name], output, "output '\(name)'", sourceLocation)
  }
  for (value, tensor) in expected.values where found.values[value] != nil {
    expectClose(found.values[value], tensor, "value \(value.index)", sourceLocation)
  }
}

private struct Evaluation {
  var outputs: [String: Tensor]
  var values: [ValueID: Tensor] = [:]
}

private func evaluate(_ graph: Graph) throws -> Evaluation {
  var generator = SeededGenerator(seed: 1)
  let inputs = graph.inputs.map { input in
    (input.name, Tensor.random(graph.type(of: input.value).shape.resolved(batch: 2), using: &generator))
  }
  let parameters = graph.parameters.map { parameter in
    var tensor = Tensor.random(graph.type(of: parameter.value).shape.resolved(batch: 2), using: &generator)
    // A variance is not negative.
    if parameter.role == .statistic { tensor.elements = tensor.elements.map { $0 + 1.5 } }
    return (parameter.name, tensor)
  }
  let tensors = Dictionary(uniqueKeysWithValues: parameters)
  var values: [ValueID: Tensor] = [:]
  let outputs = try ReferenceEngine().run(
    graph, inputs: Dictionary(uniqueKeysWithValues: inputs), parameter: { try #require(tensors[$0.name]) },
    observe: { step in for (value, tensor) in zip(step.node.results, step.results) { values[value] = tensor } })
  return Evaluation(outputs: outputs, values: values)
}

extension Tensor {
  fileprivate static func random(_ dimensions: [Int], using generator: inout SeededGenerator) -> Tensor {
    Tensor(dimensions, (0..<dimensions.reduce(1, *)).map { _ in generator.uniform() })
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
