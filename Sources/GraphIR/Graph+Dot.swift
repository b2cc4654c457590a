extension Graph {
  /// The graph in the language of Graphviz: a box a node, an ellipse an input or output, nodes of one outermost
  /// binding, such as `layer1`, framed together.
  package var dot: String {
    var lines = [
      "digraph \(quoted(name)) {",
      "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f4f6fb\", fontname=\"Helvetica\"]",
    ]
    var sources: [ValueID: String] = [:]
    for (index, input) in inputs.enumerated() {
      sources[input.value] = "input\(index)"
      lines.append("  input\(index) [shape=ellipse, label=\(quoted("\(input.name)\n\(type(of: input.value))"))]")
    }
    lines += dotNodes
    for (index, node) in nodes.enumerated() {
      for result in node.results { sources[result] = "node\(index)" }
      for operand in node.operands {
        if let source = sources[operand] { lines.append("  \(source) -> node\(index)") }
      }
    }
    for (index, output) in outputs.enumerated() {
      lines.append("  output\(index) [shape=ellipse, label=\(quoted(output.name))]")
      if let source = sources[output.value] { lines.append("  \(source) -> output\(index)") }
    }
    return lines.joined(separator: "\n") + "\n}\n"
  }

  /// The nodes, those of one outermost binding in a cluster.
  private var dotNodes: [String] {
    var lines: [String] = []
    var cluster: String?
    for (index, layer) in layers.enumerated() {
      let parts = layer.name.split(separator: ".", maxSplits: 1)
      let next = parts.count > 1 ? String(parts[0]) : nil
      if next != cluster {
        if cluster != nil { lines.append("  }") }
        if let next { lines.append("  subgraph \(quoted("cluster_\(next)_\(index)")) {\n    label=\(quoted(next))") }
        cluster = next
      }
      let label = [layer.name, layer.op, layer.shape.description].filter { !$0.isEmpty }.joined(separator: "\n")
      lines.append("  \(cluster == nil ? "" : "  ")node\(index) [label=\(quoted(label))]")
    }
    if cluster != nil { lines.append("  }") }
    return lines
  }
}

/// Text as Graphviz reads it, with its line ends.
private func quoted(_ text: String) -> String {
  var result = ""
  for character in text {
    switch character {
    case "\"", "\\": result += "\\\(character)"
    case "\n": result += "\\n"
    default: result.append(character)
    }
  }
  return "\"\(result)\""
}
