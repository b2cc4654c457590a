import GraphIR

/// Passes in the order in which they run.
package struct Pipeline: Sendable {
  /// What one pass did to a graph.
  package struct Step: Sendable {
    package var pass: String
    package var duration: Duration
    package var nodeCountBefore: Int
    package var nodeCountAfter: Int
  }

  /// That one pass must run before another, and why.
  package struct Constraint: Sendable {
    package let first: String
    package let then: String
    package let reason: String

    init(_ first: String, before then: String, _ reason: String) {
      self.first = first
      self.then = then
      self.reason = reason
    }
  }

  package var passes: [Pass]

  package init(_ passes: [Pass]) { self.passes = passes }

  /// Runs the passes one after another. `afterEach` sees every intermediate graph, to verify or to print it.
  package func run(
    _ graph: Graph, afterEach: (Pass, Graph) throws -> Void = { _, _ in }
  ) throws -> (graph: Graph, steps: [Step]) {
    var graph = graph
    var steps: [Step] = []
    let clock = ContinuousClock()
    for pass in passes {
      let nodeCountBefore = graph.nodes.count
      let start = clock.now
      graph = try pass.run(graph)
      steps.append(
        Step(
          pass: pass.name, duration: clock.now - start, nodeCountBefore: nodeCountBefore,
          nodeCountAfter: graph.nodes.count))
      try afterEach(pass, graph)
    }
    return (graph, steps)
  }

  /// The constraints that the order of the passes breaks.
  package func violations(of constraints: [Constraint] = constraints) -> [Constraint] {
    constraints.filter { constraint in
      guard let first = passes.lastIndex(where: { $0.name == constraint.first }),
        let then = passes.firstIndex(where: { $0.name == constraint.then })
      else { return false }
      return first > then
    }
  }
}

/// A pass was asked for that does not exist.
package struct UnknownPassError: Error, Hashable, Sendable {
  package var name: String
  package var known: [String]
}

extension Pipeline {
  /// The passes of these names, in this order. Throws for a name that no pass has.
  package init(names: [String]) throws(UnknownPassError) {
    let known = Pipeline.known
    passes = []
    for name in names {
      guard let pass = known.first(where: { $0.name == name }) else {
        throw UnknownPassError(name: name, known: known.map(\.name))
      }
      passes.append(pass)
    }
  }
}
