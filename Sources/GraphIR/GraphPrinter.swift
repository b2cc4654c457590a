import Tensors

/// Writes graphs as text that `parseGraph` reads back; docs/ir.md gives the grammar. Values are numbered in the order
/// of their definition, so that two graphs of the same structure print alike, whatever passes made of them.
package struct GraphPrinter {
  private let graph: Graph
  private var names: [ValueID: String] = [:]

  package init(_ graph: Graph) {
    self.graph = graph
    let defined = graph.inputs.map(\.value) + graph.nodes.flatMap(\.results)
    for (number, value) in defined.enumerated() where names[value] == nil { names[value] = "%\(number)" }
    for parameter in graph.parameters { names[parameter.value] = "@" + Self.parameterName(parameter.name) }
  }

  /// The whole graph.
  package var text: String {
    let inputs = graph.inputs.map { "\(name(of: $0.value)) \(Self.word($0.name)): \(type(of: $0.value))" }
    let outputs = graph.outputs.map { "\(Self.word($0.name)): \(name(of: $0.value))" }
    var lines = ["graph \(Self.word(graph.name))(\(inputs.joined(separator: ", "))) {"]
    lines += graph.parameters.map { "  " + line($0) }
    if !graph.parameters.isEmpty { lines.append("") }
    lines += graph.nodes.map { "  " + line($0) }
    lines += graph.updates.map { "  " + line($0) }
    lines.append("  return \(outputs.joined(separator: ", "))")
    lines.append("}")
    return lines.joined(separator: "\n") + "\n"
  }

  /// `weight @conv1.weight: f32[64, 3, 7, 7] = heNormal(fan: 3136)`
  package func line(_ parameter: Parameter) -> String {
    "\(parameter.role.rawValue) \(name(of: parameter.value)): \(type(of: parameter.value)) = \(parameter.initializer)"
  }

  /// `%1 = conv(%0, @conv1.weight) {stride: [2, 2]} -> f32[N, 64, 112, 112] "conv1"`
  package func line(_ node: Node) -> String {
    var line = node.results.map(name).joined(separator: ", ")
    line += " = \(Swift.type(of: node.op).mnemonic)(\(node.operands.map(name).joined(separator: ", ")))"
    let attributes = node.op.attributes.map { "\($0.key): \($0.value)" }
    if !attributes.isEmpty { line += " {\(attributes.joined(separator: ", "))}" }
    line += " -> " + node.results.map(type).joined(separator: ", ")
    if !node.name.isEmpty { line += " " + Self.quoted(node.name) }
    return line
  }

  /// `update @bn1.running_mean = %7`
  package func line(_ update: Graph.Update) -> String {
    "update \(name(of: update.parameter)) = \(name(of: update.value))"
  }

  /// A value's number or parameter name; `%?7` for one that a faulty graph does not define.
  package func name(of value: ValueID) -> String { names[value] ?? "%?\(value.index)" }

  private func type(of value: ValueID) -> String {
    graph.contains(value) ? graph.type(of: value).description : "?"
  }

  // MARK: Names

  /// Bare where it is a word, else quoted.
  private static func word(_ name: String) -> String {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, GraphLexer.isWordStart(first), bytes.allSatisfy(GraphLexer.isWordPart) else {
      return quoted(name)
    }
    return name
  }

  private static func parameterName(_ name: String) -> String {
    !name.isEmpty && name.utf8.allSatisfy(GraphLexer.isWordPart) ? name : quoted(name)
  }

  /// In double quotes, with escapes for quotes, backslashes and line breaks.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension Graph: CustomStringConvertible {
  package var description: String { GraphPrinter(self).text }
}

extension Parameter.Initializer: CustomStringConvertible {
  package var description: String {
    switch self {
    case .zeros: "zeros"
    case .constant(let value): "constant(\(value))"
    case .heNormal(let fan): "heNormal(fan: \(fan))"
    case .uniform(let bound): "uniform(bound: \(bound))"
    }
  }
}
