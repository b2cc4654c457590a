import GraphIR
import Tensors

/// An estimate of the memory that a graph needs, made without lowering it: the bytes of activations that are alive as
/// its steps run one after another. A memory plan adds gaps, halos and temporaries.
package struct Liveness: Sendable {
  /// Bytes alive during each step.
  package private(set) var byteCounts: [Int] = []
  /// The steps that make and read each value that is not given, in order.
  private var steps: [ValueID: [Int]] = [:]

  package init(of graph: Graph, batch: Int) {
    let constants = Set(graph.nodeIndices(dependingOnlyOn: []).flatMap { graph.nodes[$0].results })
    let units = StepUnit.units(of: graph, constants: constants)
    for (step, unit) in units.enumerated() {
      for result in unit.results { steps[result] = [step] }
      for operand in unit.operands { steps[operand]?.append(step) }
    }
    for output in graph.outputs { steps[output.value]?.append(units.count) }
    var changes = [Int](repeating: 0, count: units.count + 2)
    for (value, steps) in steps {
      let byteCount = graph.byteCount(of: value, batch: batch)
      changes[steps[0]] += byteCount
      changes[steps[steps.count - 1] + 1] -= byteCount
    }
    for (step, unit) in units.enumerated() where unit.isElementwise {
      // A sweep writes over an operand that nothing reads after it.
      let replaced = unit.operands.first { operand in
        steps[operand]?.last == step && graph.type(of: operand) == graph.type(of: unit.result)
      }
      guard let replaced else { continue }
      changes[step] -= graph.byteCount(of: replaced, batch: batch)
      changes[step + 1] += graph.byteCount(of: replaced, batch: batch)
    }
    for change in changes.prefix(units.count) { byteCounts.append((byteCounts.last ?? 0) + change) }
  }

  package var peakByteCount: Int { byteCounts.max() ?? 0 }

  /// What is above `limit`, summed over the steps.
  package func excess(over limit: Int) -> Int { byteCounts.reduce(0) { $0 + max($1 - limit, 0) } }

  /// The steps between two that make or read a value, where these are the farthest apart: it lies idle there.
  package func idleSteps(of value: ValueID) -> Range<Int> {
    guard let steps = steps[value] else { return 0..<0 }
    let gaps = zip(steps, steps.dropFirst()).map { min($0 + 1, $1)..<$1 }
    return gaps.max { $0.count < $1.count } ?? 0..<0
  }

  /// The last step that needs a value; nil for one that is given, such as a parameter.
  package func lastStep(of value: ValueID) -> Int? { steps[value]?.last }
}

extension Graph {
  /// The bytes of an activation; 0 of what has no batch, which is small beside them.
  package func byteCount(of value: ValueID, batch: Int) -> Int {
    let shape = type(of: value).shape
    return shape.isBatched ? shape.resolved(batch: batch).reduce(4, *) : 0
  }
}
