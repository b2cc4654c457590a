import Tensors

extension Graph {
  /// What is told of a node to people: one row of `apus show`.
  package struct Layer: Hashable, Sendable {
    /// The path of bindings, such as `layer1.0.conv1`; nodes of one binding share it.
    package var name: String
    /// The op's mnemonic.
    package var op: String
    /// Of the first result.
    package var shape: Shape
    /// Trained elements that the node reads; running statistics are none.
    package var parameterCount: Int
    /// For one image.
    package var multiplyAdds: Int
  }

  /// The nodes in order, each with what it costs.
  package var layers: [Layer] {
    var weights: [ValueID: Int] = [:]
    for parameter in parameters where parameter.role == .weight {
      weights[parameter.value] = type(of: parameter.value).shape.elementCountPerImage ?? 0
    }
    return nodes.map { node in
      let results = node.results.map { type(of: $0) }
      return Layer(
        name: node.name, op: Swift.type(of: node.op).mnemonic, shape: results.first?.shape ?? [],
        parameterCount: node.operands.reduce(0) { $0 + (weights[$1] ?? 0) },
        multiplyAdds: node.op.multiplyAdds(node.operands.map { type(of: $0) }, results))
    }
  }

  /// Trained elements of all parameters, each counted once.
  package var parameterCount: Int {
    parameters.reduce(0) { sum, parameter in
      parameter.role == .weight ? sum + (type(of: parameter.value).shape.elementCountPerImage ?? 0) : sum
    }
  }
}
