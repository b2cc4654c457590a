import Diagnostics
import GraphIR
import Tensors

/// Names a node of a graph under rewriting. It stays good while other nodes come and go.
package struct NodeID: Hashable, Sendable {
  fileprivate let index: Int
}

/// A graph under rewriting: who makes each value and who uses it, kept up to date by every change, so that a pass
/// asks in constant time and sweeps the nodes once.
///
/// Values keep their meaning: a rewrite gives a value a new definition only where it computes the same, and new
/// values get new IDs. So any value that survives the passes can be compared with the graph before them.
package struct Rewriter: Sendable {
  private var graph: Graph
  /// nil where a node was removed.
  private var nodes: [Node?]
  /// The node that makes a value, by value index; nil for inputs and parameters.
  private var producers: [NodeID?]
  /// The nodes that use a value, by value index; one that uses it twice stands there twice.
  private var users: [[NodeID]]
  /// How many outputs and updates are a value, by value index.
  private var keptCounts: [Int]
  /// Whether a value is computed from constant parameters alone, by value index.
  private var constants: [Bool]

  package init(_ graph: Graph) {
    self.graph = graph
    nodes = graph.nodes
    producers = Array(repeating: nil, count: graph.types.count)
    users = Array(repeating: [], count: graph.types.count)
    keptCounts = Array(repeating: 0, count: graph.types.count)
    constants = Array(repeating: false, count: graph.types.count)
    for parameter in graph.constantParameters { constants[parameter.index] = true }
    for node in graph.constantNodeIndices.map({ graph.nodes[$0] }) {
      for result in node.results { constants[result.index] = true }
    }
    for value in graph.outputs.map(\.value) + graph.updates.map(\.value) { keptCounts[value.index] += 1 }
    for (index, node) in graph.nodes.enumerated() { connect(NodeID(index: index), node) }
  }

  /// Applies `rule` to every node of `graph`, operands before users. Nodes that the rule appends are not visited,
  /// and those that it removed are left out.
  package static func rewrite(
    _ graph: Graph, _ rule: (inout Rewriter, NodeID, Node) throws(OpError) -> Void
  ) throws(OpError) -> Graph {
    var rewriter = Rewriter(graph)
    for index in graph.nodes.indices {
      if let node = rewriter.nodes[index] { try rule(&rewriter, NodeID(index: index), node) }
    }
    return try rewriter.finished()
  }
}

// MARK: - Asking

extension Rewriter {
  package func type(of value: ValueID) -> TensorType { graph.type(of: value) }

  /// The node that makes `value`; nil for an input or a parameter.
  package func producer(of value: ValueID) -> (id: NodeID, node: Node)? {
    guard let id = producers[value.index], let node = nodes[id.index] else { return nil }
    return (id, node)
  }

  /// Whether a value is needed to the end of a run: as an output, or as what a parameter becomes.
  package func isKept(_ value: ValueID) -> Bool { keptCounts[value.index] > 0 }

  /// The one node that uses `value`, where it is used by one node, once, and is not kept.
  package func soleUser(of value: ValueID) -> NodeID? {
    guard !isKept(value), users[value.index].count == 1 else { return nil }
    return users[value.index][0]
  }

  /// Whether `value` is a parameter that no run changes, or computed from such alone.
  package func isConstant(_ value: ValueID) -> Bool { constants[value.index] }

  private func isUnused(_ value: ValueID) -> Bool { !isKept(value) && users[value.index].isEmpty }

  /// Whether `a` stood before `b` in the graph that is being rewritten.
  package func precedes(_ a: NodeID, _ b: NodeID) -> Bool { a.index < b.index }
}

// MARK: - Changing

extension Rewriter {
  /// Adds a node and returns its results. Its place among the nodes follows from its operands and users.
  package mutating func append(
    _ op: any Op, _ operands: [ValueID], name: String, origin: SourceRange?
  ) throws(OpError) -> [ValueID] {
    var results: [ValueID] = []
    for type in try op.resultTypes(operands.map { graph.type(of: $0) }) {
      results.append(graph.makeValue(type))
      producers.append(nil)
      users.append([])
      keptCounts.append(0)
      constants.append(operands.allSatisfy { constants[$0.index] })
    }
    let node = Node(op: op, operands: operands, results: results, name: name, origin: origin)
    nodes.append(node)
    connect(NodeID(index: nodes.count - 1), node)
    return results
  }

  /// Puts `replacement` in the place of a node. Throws where its results do not have the types that its op infers.
  package mutating func replace(_ id: NodeID, with replacement: Node) throws(OpError) {
    let inferred = try replacement.op.resultTypes(replacement.operands.map { graph.type(of: $0) })
    let expected = replacement.results.map { graph.type(of: $0) }
    guard inferred == expected else {
      throw OpError(
        "a rewrite to '\(Swift.type(of: replacement.op).mnemonic)' gives \(inferred) where \(expected) is expected")
    }
    remove(id)
    nodes[id.index] = replacement
    connect(id, replacement)
  }

  package mutating func remove(_ id: NodeID) {
    guard let node = nodes[id.index] else { return }
    nodes[id.index] = nil
    for result in node.results where producers[result.index] == id { producers[result.index] = nil }
    for operand in node.operands {
      if let position = users[operand.index].firstIndex(of: id) { users[operand.index].remove(at: position) }
    }
  }

  /// Removes a node whose results nothing uses any more.
  package mutating func removeIfUnused(_ id: NodeID) {
    guard let node = nodes[id.index], node.results.allSatisfy(isUnused) else { return }
    remove(id)
  }

  /// Makes everything that used `value`, outputs and updates too, use `replacement`.
  package mutating func replaceUses(of value: ValueID, with replacement: ValueID) {
    guard value != replacement else { return }
    for id in users[value.index] {
      guard let position = nodes[id.index]?.operands.firstIndex(of: value) else { continue }
      nodes[id.index]?.operands[position] = replacement
    }
    users[replacement.index] += users[value.index]
    users[value.index] = []
    guard keptCounts[value.index] > 0 else { return }
    for position in graph.outputs.indices where graph.outputs[position].value == value {
      graph.outputs[position].value = replacement
    }
    for position in graph.updates.indices where graph.updates[position].value == value {
      graph.updates[position].value = replacement
    }
    keptCounts[replacement.index] += keptCounts[value.index]
    keptCounts[value.index] = 0
  }

  private mutating func connect(_ id: NodeID, _ node: Node) {
    for operand in node.operands { users[operand.index].append(id) }
    for result in node.results { producers[result.index] = id }
  }
}

// MARK: - Finishing

extension Rewriter {
  /// The rewritten graph. Nodes keep their order, but one that is needed earlier moves before its first user.
  /// Throws where nodes wait for each other.
  package func finished() throws(OpError) -> Graph {
    var result = graph
    result.nodes = []
    var states = Array(repeating: State.waiting, count: nodes.count)
    // Nodes on the way to being placed; those that they wait for lie above them.
    var pending: [Int] = []
    for index in nodes.indices where nodes[index] != nil {
      pending.append(index)
      while let last = pending.last {
        guard let node = nodes[last], states[last] != .placed else {
          pending.removeLast()
          continue
        }
        let missing = node.operands.compactMap { producers[$0.index]?.index }.filter { states[$0] != .placed }
        if missing.isEmpty {
          result.nodes.append(node)
          states[last] = .placed
        } else if states[last] == .opened {
          throw OpError("a rewrite made node '\(node.name)' depend on itself")
        } else {
          states[last] = .opened
          pending += missing.reversed()
        }
      }
    }
    return result
  }

  private enum State {
    case waiting
    /// Its operands' nodes are being placed.
    case opened
    case placed
  }
}
