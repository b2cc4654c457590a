import GraphIR
import Tensors

/// Why a graph could not be evaluated: what it was given does not fit it.
package struct ReferenceError: Error, Hashable, Sendable {
  package var message: String

  package init(_ message: String) { self.message = message }
}

/// The oracle: evaluates a verified graph node by node, in f64, by what each op says that it means. It shares nothing
/// with compiled code but the graph. Values are freed after their last use.
package struct ReferenceEngine: Sendable {
  /// One node that was evaluated.
  package struct Step {
    /// The node's index in the graph.
    package var index: Int
    package var node: Node
    package var results: [Tensor]
  }

  /// What a run leaves behind.
  package struct Results {
    /// By the outputs' names.
    package var outputs: [String: Tensor]
    /// What parameters hold after the run, by their names.
    package var updates: [String: Tensor]
  }

  private let gemm: any MatrixMultiply

  package init(gemm: any MatrixMultiply = OpenBLAS()) { self.gemm = gemm }

  /// Evaluates the graph and returns its outputs by name; the rest is as in `results`.
  package func run(
    _ graph: Graph, inputs: [String: Tensor], parameter: (Parameter) throws -> Tensor,
    observe: (Step) throws -> Void = { _ in }
  ) throws -> [String: Tensor] {
    try results(of: graph, inputs: inputs, parameter: parameter, observe: observe).outputs
  }

  /// Evaluates the graph.
  ///
  /// `inputs` are tensors by input name, which agree on the batch. `parameter` gives a parameter's elements when the
  /// first node needs them. `observe` is called after each node, in the graph's order, and may throw to stop.
  package func results(
    of graph: Graph, inputs: [String: Tensor], parameter: (Parameter) throws -> Tensor,
    observe: (Step) throws -> Void = { _ in }
  ) throws -> Results {
    var values = try bind(graph, inputs)
    try evaluate(graph, &values, parameter, observe)
    let parameters = Dictionary(graph.parameters.map { ($0.value, $0) }, uniquingKeysWith: { first, _ in first })
    for value in graph.outputs.map(\.value) + graph.updates.map(\.value) where values[value] == nil {
      guard let declared = parameters[value] else { continue }
      values[value] = try load(declared, of: graph, parameter)
    }
    let outputs = graph.outputs.compactMap { output in values[output.value].map { (output.name, $0) } }
    let updates = graph.updates.compactMap { update in
      parameters[update.parameter].flatMap { parameter in values[update.value].map { (parameter.name, $0) } }
    }
    return Results(
      outputs: Dictionary(outputs, uniquingKeysWith: { first, _ in first }),
      updates: Dictionary(updates, uniquingKeysWith: { first, _ in first }))
  }

  // MARK: Steps

  /// Evaluates the nodes in order; a value is freed once nothing will use it.
  private func evaluate(
    _ graph: Graph, _ values: inout [ValueID: Tensor], _ parameter: (Parameter) throws -> Tensor,
    _ observe: (Step) throws -> Void
  ) throws {
    let index = GraphIndex(graph)
    for (nodeIndex, node) in graph.nodes.enumerated() {
      for operand in node.operands where values[operand] == nil {
        guard case .parameter(let position) = index.definition(of: operand) else { continue }
        values[operand] = try load(graph.parameters[position], of: graph, parameter)
      }
      let operands = node.operands.compactMap { values[$0] }
      guard operands.count == node.operands.count else {
        throw ReferenceError("node \(nodeIndex), '\(node.name)', has an operand that nothing defines")
      }
      let results = node.op.evaluate(operands, gemm: gemm)
      for (value, result) in zip(node.results, results) { values[value] = result }
      try observe(Step(index: nodeIndex, node: node, results: results))
      for value in node.operands + node.results
      where !index.isKept(value) && (index.lastUse(of: value) ?? nodeIndex) <= nodeIndex {
        values[value] = nil
      }
    }
  }

  private func load(
    _ declared: Parameter, of graph: Graph, _ parameter: (Parameter) throws -> Tensor
  ) throws -> Tensor {
    let tensor = try parameter(declared)
    let expected = graph.type(of: declared.value)
    guard tensor.dimensions == expected.shape.dimensions.compactMap(\.fixedExtent) else {
      throw ReferenceError("parameter '\(declared.name)' is \(expected); got a tensor \(tensor.dimensions)")
    }
    return tensor
  }

  /// Checks the inputs against the graph's, and that they agree on the batch.
  private func bind(_ graph: Graph, _ inputs: [String: Tensor]) throws -> [ValueID: Tensor] {
    var values: [ValueID: Tensor] = [:]
    var batch: Int?
    for name in inputs.keys.sorted() where !graph.inputs.contains(where: { $0.name == name }) {
      throw ReferenceError("the network '\(graph.name)' has no input '\(name)'")
    }
    for input in graph.inputs {
      let type = graph.type(of: input.value)
      guard let tensor = inputs[input.name] else {
        throw ReferenceError("the input '\(input.name)', \(type), is missing")
      }
      if type.shape.isBatched { batch = batch ?? tensor.dimensions.first }
      guard tensor.dimensions == type.shape.resolved(batch: batch ?? 1), batch != 0 else {
        let batchText = batch.map { " with N = \($0)" } ?? ""
        throw ReferenceError("the input '\(input.name)' is \(type)\(batchText); got a tensor \(tensor.dimensions)")
      }
      values[input.value] = tensor
    }
    return values
  }
}
