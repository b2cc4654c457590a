import GraphIR
import Tensors

/// Reproducible tensors for a graph's inputs and parameters, which f32 holds exactly, so that every engine starts from
/// the same numbers.
package struct GraphTensors: Sendable {
  package private(set) var inputs: [String: Tensor] = [:]
  package private(set) var parameters: [String: Tensor] = [:]

  /// Uniform in ±1, but weights are scaled down by the length of the sum that they go into, and what is divided by or
  /// under a root (`divisor`, `variance`, `running_var`) is in 0.5...1.5.
  package init(_ graph: Graph, batch: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for input in graph.inputs {
      inputs[input.name] = Self.tensor(input.name, graph.type(of: input.value), batch, &generator)
    }
    for parameter in graph.parameters {
      parameters[parameter.name] = Self.tensor(parameter.name, graph.type(of: parameter.value), batch, &generator)
    }
  }

  private static func tensor(
    _ name: String, _ type: TensorType, _ batch: Int, _ generator: inout SeededGenerator
  ) -> Tensor {
    let dimensions = type.shape.resolved(batch: batch)
    let isPositive = ["divisor", "variance", "running_var"].contains { name.hasSuffix($0) }
    let isFilter = name.hasSuffix("weight") && dimensions.count > 1
    let scale = isFilter ? 1 / Double(dimensions.dropFirst().reduce(1, *)).squareRoot() : 1
    let elements = (0..<dimensions.reduce(1, *)).map { _ in
      Double(Float(isPositive ? 1 + generator.uniform() / 2 : generator.uniform() * scale))
    }
    return Tensor(dimensions, elements)
  }
}
