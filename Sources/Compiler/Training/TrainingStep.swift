import Diagnostics
import GraphIR
import Kernels
import Lowering
import Passes

/// A training step lowered such that it stays within a budget of memory.
struct TrainingStep {
  let graph: Graph
  let program: Program
  let memory: TrainingMemory

  /// Recomputes as little as it takes to stay within the limit, and nothing without one.
  /// - Parameters:
  ///   - gradients: The step to its gradients.
  ///   - limit: The most bytes that `TrainingMemory` may count.
  /// - Throws: Diagnostic where the step cannot be compiled, or where no plan is found that stays within the limit.
  init(_ gradients: Graph, recipe: Recipe, batch: Int, machine: Machine, arithmetic: Arithmetic, within limit: Int?)
    throws
  {
    func lower(_ values: Set<ValueID>) throws -> (graph: Graph, program: Program) {
      let graph = try Pipeline.updating(by: recipe, recomputing: values).run(gradients).graph
      return (
        graph,
        try Program(
          lowering: graph, for: machine, batch: batch...batch, parameters: .trained(), arithmetic: arithmetic)
      )
    }
    var (graph, program) = try lower([])
    let unlimited = TrainingMemory.Step(program)
    var memory = TrainingMemory(
      stateByteCount: program.weightsByteCount, unlimited: unlimited, planned: unlimited, recomputed: [])
    if let limit, limit < memory.peakByteCount {
      var recomputation = try Recomputation(of: gradients, batch: batch)
      var least = memory
      repeat {
        guard try recomputation.lowerPeak() else { throw Self.failure(limit, batch: batch, least: least) }
        (graph, program) = try lower(recomputation.values)
        memory.planned = TrainingMemory.Step(program)
        if memory.peakByteCount < least.peakByteCount { least = memory }
      } while memory.peakByteCount > limit
      memory.recomputed = Self.clones(in: try recompute(gradients, recomputation.values), of: gradients)
    }
    (self.graph, self.program, self.memory) = (graph, program, memory)
  }

  /// The nodes of `graph` that another did not have.
  private static func clones(in graph: Graph, of original: Graph) -> [TrainingMemory.Recomputed] {
    let known = Set(original.nodes.flatMap(\.results))
    return graph.nodes.filter { !known.contains($0.results[0]) }.map { node in
      TrainingMemory.Recomputed(
        name: node.name, op: type(of: node.op).mnemonic,
        multiplyAdds: node.op.multiplyAdds(
          node.operands.map(graph.type(of:)), node.results.map(graph.type(of:))))
    }
  }

  private static func failure(_ limit: Int, batch: Int, least: TrainingMemory) -> Diagnostic {
    Diagnostic(
      .error,
      "a step of \(batch) images does not fit in \(limit) bytes: it takes \(least.peakByteCount) with the most "
        + "recomputation that helps, and \(least.unlimitedPeakByteCount) without; allow it more, or make the batch smaller",
      at: nil)
  }
}
