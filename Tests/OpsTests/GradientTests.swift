import GraphIR
import Ops
import Reference
import Tensors
import TestSupport
import Testing

/// Gradients against differences: for f = sum(result * cotangent), the gradient of each operand must be what f changes
/// by when an element of it changes.
struct GradientTests {
  @Test(arguments: [Add(), Subtract(), Multiply(), Affine(scale: -1.5, shift: 0.25)] as [any Op])
  func gradientIsTheSlope(op: any Op) throws {
    let type = TensorType(.f32, [2, 3])
    let names = op is Affine ? ["a"] : ["a", "b"]
    var builder = GraphBuilder(Graph(name: "gradient"))
    let operands = names.map { builder.input($0, type) }
    let cotangent = builder.input("cotangent", type)
    builder.output("result", try builder.append(op, operands)[0])
    let node = builder.graph.nodes[0]
    let gradients = try op.gradient(of: node, resultGradients: [cotangent], in: &builder)
    for (name, gradient) in zip(names, gradients) { builder.output("d" + name, try #require(gradient)) }
    let graph = builder.graph
    #expect(verify(graph) == [])

    let inputs = GraphTensors(graph, batch: 1, seed: 5).inputs
    let outputs = try evaluate(graph, inputs)
    for name in names {
      let gradient = try #require(outputs["d" + name])
      for index in gradient.elements.indices {
        let slope =
          try (weighted(graph, inputs, name, index, 1e-4) - weighted(graph, inputs, name, index, -1e-4)) / 2e-4
        #expect(abs(gradient.elements[index] - slope) < 1e-8)
      }
    }
  }

  @Test(arguments: [Add(), Subtract(), Multiply(), Affine(scale: 2, shift: 0)] as [any Op])
  func noResultGradientNoGradient(op: any Op) throws {
    var builder = GraphBuilder(Graph(name: "gradient"))
    let x = builder.input("x", TensorType(.f32, [2]))
    _ = try builder.append(op, op is Affine ? [x] : [x, x])
    let gradients = try op.gradient(of: builder.graph.nodes[0], resultGradients: [nil], in: &builder)
    #expect(gradients.allSatisfy { $0 == nil } && builder.graph.nodes.count == 1)
  }

  @Test func opsWithoutAGradientSaySo() throws {
    var builder = GraphBuilder(Graph(name: "gradient"))
    let x = builder.input("x", TensorType(.f32, [2]))
    _ = try builder.append(ReLU(), [x])
    let node = builder.graph.nodes[0]
    #expect(throws: OpError("'relu' has no gradient")) {
      try ReLU().gradient(of: node, resultGradients: [x], in: &builder)
    }
  }

  /// sum(result * cotangent) with one element of an input moved.
  private func weighted(
    _ graph: Graph, _ inputs: [String: Tensor], _ name: String, _ index: Int, _ step: Double
  ) throws -> Double {
    var moved = inputs
    moved[name]?.elements[index] += step
    let result = try #require(try evaluate(graph, moved)["result"])
    let cotangent = try #require(inputs["cotangent"])
    return zip(result.elements, cotangent.elements).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func evaluate(_ graph: Graph, _ inputs: [String: Tensor]) throws -> [String: Tensor] {
    try ReferenceEngine().run(graph, inputs: inputs) { throw ReferenceError("no parameter '\($0.name)'") }
  }
}
