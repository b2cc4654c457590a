import GraphIR
import Ops

/// Appends the nodes that compute the gradients of the output `loss`, from the last node back to the first, as each op
/// says (`Op.gradient`). A value that several nodes use gets the sum of what they give. The gradients become outputs:
/// `gradient.NAME` of the parameters that are trained, in the parameters' order, then of inputs.
///
/// What updates parameters comes before these nodes and behind the loss, so that a run that stops there, at a loss that
/// is no finite number, has changed nothing.
///
/// Of what leads to no wanted gradient nothing is computed. A parameter that the loss does not depend on has none. A
/// graph that has gradients stays as it is.
/// - Parameters:
///   - isTrained: Whether the gradient of a parameter is wanted, by its name; only weights are asked for.
///   - ofInputs: Whether those of inputs of f32 are wanted.
func differentiate(
  _ graph: Graph, isTrained: (_ parameter: String) -> Bool = { _ in true }, ofInputs: Bool = false
) throws(OpError) -> Graph {
  guard let loss = try graph.loss() else {
    throw OpError("there is nothing to differentiate: the graph has no output 'loss' (append-loss makes one)")
  }
  var wanted = graph.parameters.filter { $0.role == .weight && isTrained($0.name) }.map { ($0.name, $0.value) }
  if ofInputs {
    wanted += graph.inputs.filter { graph.type(of: $0.value).element == .f32 }.map { ($0.name, $0.value) }
  }
  let names = Set(wanted.map { TrainingName.gradient(of: $0.0) })
  if graph.outputs.contains(where: { names.contains($0.name) }) { return graph }

  var forward = graph
  forward.makeUpdatesLast()
  var builder = GraphBuilder(forward)
  let gradients = try appendGradients(of: loss, wanted: wanted.map(\.1), to: &builder)
  for (name, value) in wanted {
    if let gradient = gradients[value] { builder.output(TrainingName.gradient(of: name), gradient) }
  }
  // An op gives the gradients of all its operands, wanted or not.
  return try eliminateDeadNodes(builder.graph)
}

extension Graph {
  /// Puts behind the others the nodes that compute nothing but new values of parameters.
  fileprivate mutating func makeUpdatesLast() {
    let updated = Set(updates.map(\.value)).subtracting(nodes.flatMap(\.operands))
    let isUpdate = { (node: Node) in node.results.allSatisfy(updated.contains) }
    nodes = nodes.filter { !isUpdate($0) } + nodes.filter(isUpdate)
  }
}

/// Gradients by value.
private func appendGradients(
  of loss: ValueID, wanted: [ValueID], to builder: inout GraphBuilder
) throws(OpError) -> [ValueID: ValueID] {
  let nodes = builder.graph.nodes
  // What a wanted gradient comes through.
  var needed = Set(wanted)
  for node in nodes where !needed.isDisjoint(with: node.operands) { needed.formUnion(node.results) }
  guard needed.contains(loss) else { return [:] }

  var gradients = [loss: try builder.append(Fill(1), [], name: TrainingName.loss)[0]]
  for node in nodes.reversed() where !needed.isDisjoint(with: node.operands) {
    let found = node.results.compactMap { gradients[$0] }
    guard let dy = found.first else { continue }
    guard node.results.count == 1 else {
      throw OpError("'\(type(of: node.op).mnemonic)' of several results has no gradient; at '\(node.name)'")
    }
    for (operand, gradient) in zip(node.operands, try node.op.gradient(of: node, dy: dy, in: &builder)) {
      guard let gradient, needed.contains(operand) else { continue }
      gradients[operand] =
        if let other = gradients[operand] {
          try builder.append(Add(), [other, gradient], for: node)
        } else { gradient }
    }
  }
  return gradients
}
