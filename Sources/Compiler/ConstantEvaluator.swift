import GraphIR
import Reference
import Tensors

/// Computes the values of a graph that depend on its parameters alone.
struct ConstantEvaluator: Sendable {
  private let graph: Graph
  private let index: GraphIndex
  private let weights: Weights

  init(_ graph: Graph, weights: Weights) {
    self.graph = graph
    index = GraphIndex(graph)
    self.weights = weights
  }

  /// Calls `body` with the f32 elements of a constant: a parameter's as they are, others folded in f64 and rounded
  /// once.
  func withElements(of value: ValueID, _ body: (UnsafeBufferPointer<Float>) -> Void) {
    if case .parameter(let position) = index.definition(of: value) {
      weights[graph.parameters[position]].withUnsafeElements(body)
    } else {
      tensor(of: value).floats.withUnsafeBufferPointer(body)
    }
  }

  /// Constants are short chains of folded filters, so recursion is shallow and nothing is computed twice.
  private func tensor(of value: ValueID) -> Tensor {
    switch index.definition(of: value) {
    case .parameter(let position):
      let parameter = graph.parameters[position]
      let dimensions = graph.type(of: value).shape.dimensions.compactMap(\.fixedExtent)
      return weights[parameter].withUnsafeElements { Tensor(dimensions, $0.map(Double.init)) }
    case .result(let node, let position):
      let node = graph.nodes[node]
      return node.op.evaluate(node.operands.map(tensor), gemm: OpenBLAS())[position]
    case .input, nil: preconditionFailure("the value depends on an input")
    }
  }
}
