import Diagnostics
import Tensors

/// Checks what every graph must be, and returns all that is wrong. Passes are run with this between them.
///
/// (V1) Every value that is named belongs to the graph.
/// (V2) Every value that is used is defined once: as an input, a parameter, or a result of one node.
/// (V3) A node's operands are defined before it.
/// (V4) A node's op accepts the types of its operands, and its results have the types that the op gives.
/// (V5) Types are within `SizeLimit`; only the first dimension is N, and that of no parameter.
/// (V6) There is an output. Inputs, outputs and parameters have distinct names among their kind, none of them empty.
/// (V7) An update gives a parameter, no other value, a value of its type; there is at most one for a parameter.
package func verify(_ graph: Graph) -> [Diagnostic] {
  var verifier = GraphVerifier(graph)
  verifier.run()
  return verifier.diagnostics
}

private struct GraphVerifier {
  private(set) var diagnostics: [Diagnostic] = []
  private let graph: Graph
  private let printer: GraphPrinter
  private var defined: Set<ValueID> = []

  init(_ graph: Graph) {
    self.graph = graph
    printer = GraphPrinter(graph)
  }

  mutating func run() {
    checkNames(graph.inputs.map(\.name), of: "input")
    checkNames(graph.parameters.map(\.name), of: "parameter")
    checkNames(graph.outputs.map(\.name), of: "output")
    if graph.outputs.isEmpty { report("V6", "the graph has no output") }
    for input in graph.inputs { define(input.value, "input '\(input.name)'") }
    for parameter in graph.parameters { check(parameter) }
    for node in graph.nodes { check(node) }
    for output in graph.outputs where !defined.contains(output.value) {
      let fault = graph.contains(output.value) ? "V2" : "V1"
      report(fault, "output '\(output.name)' is \(printer.name(of: output.value)), which nothing defines")
    }
    checkUpdates()
  }

  private mutating func check(_ parameter: Parameter) {
    define(parameter.value, "parameter @\(parameter.name)")
    guard graph.contains(parameter.value), graph.type(of: parameter.value).shape.isBatched else { return }
    report("V5", "parameter @\(parameter.name) has a shape that depends on the batch")
  }

  private mutating func check(_ node: Node) {
    var isSound = true
    for (index, operand) in node.operands.enumerated() where !defined.contains(operand) {
      isSound = false
      let name = printer.name(of: operand)
      if graph.contains(operand) {
        report("V3", "operand \(index), \(name), is not defined before its use", node)
      } else {
        report("V1", "operand \(index), \(name), is no value of this graph", node)
      }
    }
    for result in node.results {
      define(result, "a result", node)
      if !graph.contains(result) { isSound = false }
    }
    if isSound { checkTypes(node) }
  }

  private mutating func checkTypes(_ node: Node) {
    let found = node.results.map { graph.type(of: $0) }
    do {
      let expected = try node.op.checkedResultTypes(node.operands.map { graph.type(of: $0) })
      guard expected != found else { return }
      report("V4", "expected results \(list(expected)), found \(list(found))", node)
    } catch {
      let constraint = error.constraint.map { " (\($0))" } ?? ""
      report("V4", error.message + constraint, node)
    }
  }

  private mutating func checkUpdates() {
    let parameters = Set(graph.parameters.map(\.value))
    var updated: Set<ValueID> = []
    for update in graph.updates {
      let (parameter, value) = (printer.name(of: update.parameter), printer.name(of: update.value))
      guard parameters.contains(update.parameter) else {
        report("V7", "\(parameter) is updated, but is no parameter")
        continue
      }
      if !updated.insert(update.parameter).inserted { report("V7", "\(parameter) is updated twice") }
      guard defined.contains(update.value) else {
        let fault = graph.contains(update.value) ? "V2" : "V1"
        report(fault, "\(parameter) is updated to \(value), which nothing defines")
        continue
      }
      let (expected, found) = (graph.type(of: update.parameter), graph.type(of: update.value))
      guard expected != found else { continue }
      report("V7", "\(parameter) is \(expected), but is updated to \(value), which is \(found)")
    }
  }

  private func list(_ types: [TensorType]) -> String { types.map(\.description).joined(separator: ", ") }

  private mutating func define(_ value: ValueID, _ what: String, _ node: Node? = nil) {
    guard graph.contains(value) else {
      report("V1", "\(what), \(printer.name(of: value)), is no value of this graph", node)
      return
    }
    if !defined.insert(value).inserted {
      report("V2", "\(what), \(printer.name(of: value)), is defined a second time", node)
    }
    do {
      try graph.type(of: value).checkSize()
    } catch {
      report("V5", "\(what), \(printer.name(of: value)): \(error.message)", node)
    }
  }

  private mutating func checkNames(_ names: [String], of kind: String) {
    var seen: Set<String> = []
    for name in names {
      if name.isEmpty { report("V6", "an \(kind) has an empty name") }
      if !seen.insert(name).inserted { report("V6", "two \(kind)s are named '\(name)'") }
    }
  }

  /// Cites the invariant, and shows the node's text where there is one.
  private mutating func report(_ invariant: String, _ message: String, _ node: Node? = nil) {
    let place = node.map { "\n  in: \(printer.line($0))" } ?? ""
    diagnostics.append(Diagnostic(.error, "(\(invariant)) \(message)\(place)", at: node?.origin))
  }
}
