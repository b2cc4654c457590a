import GraphIR
import Tensors

/// Reproducible tensors for a graph's inputs and parameters, which f32 holds exactly, so that every engine starts from
/// the same numbers.
package struct GraphTensors: Sendable {
  package private(set) var inputs: [String: Tensor] = [:]
  package private(set) var parameters: [String: Tensor] = [:]

  /// Uniform in ±1, but weights are scaled down by the length of the sum that they go into, and what is divided by or
  /// under a root (`divisor`, `variance`, `running_var`) is in 0.5...1.5. Integers are labels.
  package init(_ graph: Graph, batch: Int, seed: UInt64) {
    // By name, so that a graph with more inputs or parameters has the same in the others.
    func generator(_ name: String) -> SeededGenerator {
      SeededGenerator(seed: name.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
    }
    for input in graph.inputs {
      var generator = generator(input.name)
      let type = graph.type(of: input.value)
      inputs[input.name] =
        type.element == .i32
        ? Self.classes(type, Self.classCount(of: input.value, in: graph), batch, &generator)
        : Self.tensor(input.name, type, batch, &generator)
    }
    for parameter in graph.parameters {
      var generator = generator(parameter.name)
      parameters[parameter.name] = Self.tensor(parameter.name, graph.type(of: parameter.value), batch, &generator)
    }
  }

  package mutating func setInput(_ name: String, to tensor: Tensor) { inputs[name] = tensor }

  /// How many classes there are to label: as many as the tensor has channels that is used along with the labels.
  private static func classCount(of labels: ValueID, in graph: Graph) -> Int {
    let user = graph.nodes.first { $0.operands.contains(labels) }
    return user.flatMap { graph.type(of: $0.operands[0]).shape.dimensions.last?.fixedExtent } ?? 1
  }

  private static func classes(
    _ type: TensorType, _ count: Int, _ batch: Int, _ generator: inout SeededGenerator
  ) -> Tensor {
    let dimensions = type.shape.resolved(batch: batch)
    return Tensor(
      dimensions, (0..<dimensions.reduce(1, *)).map { _ in Double(Int.random(in: 0..<count, using: &generator)) })
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
