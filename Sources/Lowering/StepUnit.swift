import GraphIR
import Kernels

/// What one step computes: a node, or a tree of element-wise nodes that share a sweep over memory.
struct StepUnit: Sendable {
  /// In graph order; the last one's results are the unit's.
  var nodes: [Node]
  /// Values from outside of the unit, each once.
  var operands: [ValueID]
  var results: [ValueID]
  var isElementwise: Bool

  /// The one result of a tree of element-wise nodes.
  var result: ValueID { results[0] }

  /// Cuts the graph's nodes, those of `constants` left out, into units in an order in which operands come first.
  static func units(of graph: Graph, constants: Set<ValueID>) -> [StepUnit] {
    var userCounts = [Int](repeating: 0, count: graph.types.count)
    for node in graph.nodes { for operand in node.operands { userCounts[operand.index] += 1 } }
    for output in graph.outputs { userCounts[output.value.index] += 1 }
    for update in graph.updates { userCounts[update.value.index] += 1 }

    // An element-wise node with one user waits here for that user to take it in.
    var waiting: [ValueID: StepUnit] = [:]
    var units: [StepUnit] = []
    let elementwiseUsers = soleElementwiseUsers(of: graph)
    for node in graph.nodes where !node.results.allSatisfy(constants.contains) {
      var unit = StepUnit(nodes: [], operands: [], results: node.results, isElementwise: node.op is any ElementwiseOp)
      for (position, operand) in node.operands.enumerated() {
        guard let inner = waiting.removeValue(forKey: operand) else {
          unit.take([operand])
          continue
        }
        let restCount = node.operands.count - position - 1
        if Set(unit.operands + inner.operands).count + restCount <= mostOperands {
          // The first is moved: a chain must not be copied at each of its links.
          if unit.nodes.isEmpty { unit.nodes = inner.nodes } else { unit.nodes += inner.nodes }
          unit.take(inner.operands)
        } else {
          units.append(inner)
          unit.take([operand])
        }
      }
      unit.nodes.append(node)
      if unit.isElementwise, userCounts[unit.result.index] == 1, elementwiseUsers.contains(unit.result) {
        waiting[unit.result] = unit
      } else {
        units.append(unit)
      }
    }
    return units
  }

  /// A sweep that reads more streams than this is no faster than two sweeps.
  private static let mostOperands = 8

  private mutating func take(_ values: [ValueID]) {
    for value in values where !operands.contains(value) { operands.append(value) }
  }

  /// Values that an element-wise node uses.
  private static func soleElementwiseUsers(of graph: Graph) -> Set<ValueID> {
    var values: Set<ValueID> = []
    for node in graph.nodes where node.op is any ElementwiseOp { values.formUnion(node.operands) }
    return values
  }

  /// What the nodes do, for people: `conv`, or `multiply+add` of a sweep, whose links past the third are counted.
  var op: String {
    let mnemonics = nodes.map { type(of: $0.op).mnemonic }
    let rest = mnemonics.count > 4 ? ["\(mnemonics.count - 3) more"] : []
    return (mnemonics.prefix(4 - rest.count) + rest).joined(separator: "+")
  }

  /// The path of bindings of the nodes, for people.
  var name: String {
    let names = nodes.map(\.name).filter { !$0.isEmpty }
    return names.last ?? type(of: nodes[nodes.count - 1].op).mnemonic
  }
}
