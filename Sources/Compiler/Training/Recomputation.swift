import GraphIR
import Lowering
import Passes

/// Chooses what the backward pass of a training step computes anew, a little more each time that it is asked to, so
/// that ever less is alive at a time.
///
/// The choice is greedy: of the values that lie idle while too much is alive, next comes the one that takes away most
/// for its cost.
struct Recomputation {
  private(set) var values: Set<ValueID> = []
  private let graph: Graph
  private let batch: Int
  private let candidates: [Candidate]
  private var liveness: Liveness

  private struct Candidate {
    var value: ValueID
    var byteCount: Int
    /// What is read to compute it.
    var sources: [ValueID]
    /// In bytes moved.
    var cost: Double
  }

  /// The multiply-adds that take about as long as it takes to move a byte to or from memory: cores of two vectors of
  /// 16 lanes at 3 GHz do 10 of them, where each has 10 GB/s.
  private static let multiplyAddsPerByte = 10.0

  /// - Parameter graph: A training step to its gradients.
  init(of graph: Graph, batch: Int) throws(OpError) {
    self.graph = graph
    self.batch = batch
    liveness = Liveness(of: graph, batch: batch)
    candidates = try recomputableValues(of: graph).map { recomputable in
      let nodes = recomputable.nodes.map { graph.nodes[$0] }
      let made = Set(nodes.flatMap(\.results))
      let sources = Set(nodes.flatMap(\.operands)).subtracting(made)
      let moved = ([recomputable.value] + sources).map { graph.byteCount(of: $0, batch: batch) }.reduce(0, +)
      let multiplyAdds = Double(recomputable.multiplyAdds) * Double(batch)
      return Candidate(
        value: recomputable.value, byteCount: graph.byteCount(of: recomputable.value, batch: batch),
        sources: Array(sources), cost: Double(moved) + multiplyAdds / Self.multiplyAddsPerByte)
    }
  }

  /// Adds to the values until the estimated peak is a thirty-second lower. Returns whether anything was added that
  /// brings it nearer.
  mutating func lowerPeak() throws(OpError) -> Bool {
    let limit = liveness.peakByteCount / 32 * 31
    let before = values
    var rejected = values
    while liveness.peakByteCount > limit, let value = best(over: limit, without: rejected) {
      rejected.insert(value)
      let trial = Liveness(of: try recompute(graph, values.union([value])), batch: batch)
      guard trial.excess(over: limit) < liveness.excess(over: limit) else { continue }
      values.insert(value)
      liveness = trial
    }
    return values != before
  }

  /// The value with most to take away for its cost.
  private func best(over limit: Int, without rejected: Set<ValueID>) -> ValueID? {
    let scores = candidates.filter { !rejected.contains($0.value) }.map { candidate in
      (value: candidate.value, score: gain(of: candidate, over: limit) / candidate.cost)
    }
    // Of equals the first, so that the choice is the same every time.
    let best = scores.max { ($0.score, $1.value) < ($1.score, $0.value) }
    return best.flatMap { $0.score > 0 ? $0.value : nil }
  }

  /// The bytes above the limit that are gone where the candidate lies idle, summed over the steps, less those of what
  /// must be kept for it.
  private func gain(of candidate: Candidate, over limit: Int) -> Double {
    let idle = liveness.idleSteps(of: candidate.value)
    func excess(_ byteCount: Int, _ steps: Range<Int>) -> Double {
      steps.reduce(0.0) { $0 + Double(min(byteCount, max(liveness.byteCounts[$1] - limit, 0))) }
    }
    let kept = candidate.sources.map { source in
      guard let last = liveness.lastStep(of: source), last < idle.upperBound else { return 0.0 }
      return excess(graph.byteCount(of: source, batch: batch), max(last, idle.lowerBound)..<idle.upperBound)
    }
    return excess(candidate.byteCount, idle) - kept.reduce(0, +)
  }
}
