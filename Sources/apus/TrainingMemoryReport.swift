import Compiler
import Formats
import Foundation

/// What a training step takes of memory, for people and for programs.
struct TrainingMemoryReport {
  private let memory: TrainingMemory

  init(_ memory: TrainingMemory) { self.memory = memory }

  /// A line for the peak; where something is recomputed, one for what, and one for what it costs.
  var text: String {
    let state = "\(mebibytes(memory.stateByteCount)) of weights, statistics and momenta"
    guard !memory.recomputed.isEmpty else { return "memory of a step: \(mebibytes(memory.peakByteCount)), \(state)" }
    return """
      memory of a step: \(mebibytes(memory.peakByteCount)) instead of \(mebibytes(memory.unlimitedPeakByteCount)), \(state)
        computed twice: \(recomputed)
        at the cost of \(percent(multiplyAdds, of: memory.unlimited.multiplyAdds)) more multiply-adds, and \
      \(percent(movedByteCount, of: memory.unlimited.movedByteCount)) more bytes moved
      """
  }

  var json: JSONValue {
    .object([
      "peak_bytes": .integer(memory.peakByteCount), "unlimited_peak_bytes": .integer(memory.unlimitedPeakByteCount),
      "state_bytes": .integer(memory.stateByteCount),
      "recomputed": .array(
        memory.recomputed.map { .object(["name": .string($0.name), "op": .string($0.op)]) }),
      "multiply_adds": .integer(memory.planned.multiplyAdds), "extra_multiply_adds": .integer(multiplyAdds),
      "moved_bytes": .integer(memory.planned.movedByteCount), "extra_moved_bytes": .integer(movedByteCount),
    ])
  }

  private var multiplyAdds: Int { memory.planned.multiplyAdds - memory.unlimited.multiplyAdds }
  private var movedByteCount: Int { memory.planned.movedByteCount - memory.unlimited.movedByteCount }

  /// How often each op is, the most frequent first.
  private var recomputed: String {
    Dictionary(grouping: memory.recomputed, by: \.op).map { (op: $0, count: $1.count) }
      .sorted { ($1.count, $0.op) < ($0.count, $1.op) }
      .map { "\($0.count) \($0.op)" }.joined(separator: ", ")
  }

  private func percent(_ part: Int, of whole: Int) -> String {
    String(format: "%.1f %%", 100 * Double(part) / Double(max(whole, 1)))
  }
}
