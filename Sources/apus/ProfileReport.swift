import CodeGen
import Compiler
import Foundation

/// A profile as a table, or as JSON.
struct ProfileReport {
  let profile: Profile
  let name: String
  let target: String
  let batch: Int

  init(_ profile: Profile, name: String, target: Target, batch: Int) {
    self.profile = profile
    self.name = name
    self.target = target.name
    self.batch = batch
  }

  /// Steps of one op together.
  private struct OpTotal {
    var op: String
    var count = 0
    var median = 0.0
    var multiplyAdds = 0
    var least = 0.0
  }

  /// The slowest first.
  private var totals: [OpTotal] {
    var totals: [String: OpTotal] = [:]
    for step in profile.steps {
      totals[step.op, default: OpTotal(op: step.op)].count += 1
      totals[step.op]?.median += step.median
      totals[step.op]?.multiplyAdds += step.multiplyAdds
      totals[step.op]?.least += step.least
    }
    return totals.values.sorted { ($1.median, $0.op) < ($0.median, $1.op) }
  }

  // MARK: Text

  var text: String {
    let threads = profile.threadCount == 1 ? "1 thread" : "\(profile.threadCount) threads"
    return [
      "\(name): batch \(batch), \(threads), \(target), \(profile.runCount) runs", stepTable.text, opTable.text, closing,
    ].joined(separator: "\n")
  }

  private var stepTable: TextTable {
    TextTable(
      columns: [
        .words("step"), .words("op"), .words("shape"), .words("kernel"), .number("min ms"), .number("median ms"),
        .number("share"), .number("GFLOP/s"), .number("of roof"), .words(""),
      ],
      rows: profile.steps.map { step in
        [
          step.name, step.op, step.shape.map(String.init).joined(separator: "x"), step.kernel,
          milliseconds(step.minimum), milliseconds(step.median), percent(step.median / profile.total),
          gigaflops(step.multiplyAdds, step.median), percent(step.least / step.median), step.bound.rawValue,
        ]
      })
  }

  private var opTable: TextTable {
    func row(_ total: OpTotal) -> [String] {
      [
        total.op, "\(total.count)", milliseconds(total.median), percent(total.median / profile.total),
        gigaflops(total.multiplyAdds, total.median), percent(total.least / total.median),
      ]
    }
    let all = totals.reduce(into: OpTotal(op: "total")) { sum, total in
      sum.count += total.count
      sum.median += total.median
      sum.multiplyAdds += total.multiplyAdds
      sum.least += total.least
    }
    return TextTable(
      columns: [
        .words("op"), .number("steps"), .number("median ms"), .number("share"), .number("GFLOP/s"), .number("of roof"),
      ],
      rows: totals.map(row), footers: [row(all)])
  }

  private var closing: String {
    let roof = profile.roof
    let memory = roof.memory.levels.map { String(format: "%.1f GB/s from \($0.name)", 1e-9 * $0.bytesPerSecond) }
    let overhead = 100 * (profile.recordedSeconds / profile.plainSeconds - 1)
    return """
      A run takes \(milliseconds(profile.plainSeconds)) ms, and \(String(format: "%+.1f", overhead)) % with the clock read \
      around every chunk.
      Roof: \(String(format: "%.1f", 2e-9 * roof.multiplyAddsPerSecond)) GFLOP/s; \(memory.joined(separator: ", ")).
      """
  }

  private func milliseconds(_ seconds: Double) -> String { String(format: "%.3f", 1e3 * seconds) }

  private func percent(_ fraction: Double) -> String {
    fraction.isFinite ? String(format: "%.1f %%", 100 * fraction) : ""
  }

  private func gigaflops(_ multiplyAdds: Int, _ seconds: Double) -> String {
    multiplyAdds == 0 || seconds == 0 ? "" : String(format: "%.1f", 2e-9 * Double(multiplyAdds) / seconds)
  }

  // MARK: JSON

  private struct Encoded: Encodable {
    struct Step: Encodable {
      var name: String
      var op: String
      var shape: [Int]
      var kernel: String
      var chunks: Int
      var minMs: Double
      var medianMs: Double
      var share: Double
      var macs: Int
      var bytes: Int
      var roofFraction: Double
      var bound: String
    }
    struct Op: Encodable {
      var op: String
      var steps: Int
      var medianMs: Double
      var share: Double
      var macs: Int
      var roofFraction: Double
    }
    struct Memory: Encodable {
      var level: String
      var gigabytesPerSecond: Double
    }
    struct Roof: Encodable {
      var gflops: Double
      var memory: [Memory]
    }

    var network: String
    var batch: Int
    var threads: Int
    var target: String
    var runs: Int
    var medianMs: Double
    var recordedMedianMs: Double
    var roof: Roof
    var steps: [Step]
    var ops: [Op]
  }

  func json() throws -> String {
    let total = profile.total
    let memory = profile.roof.memory.levels.map {
      Encoded.Memory(level: $0.name, gigabytesPerSecond: 1e-9 * $0.bytesPerSecond)
    }
    let encoded = Encoded(
      network: name, batch: batch, threads: profile.threadCount, target: target, runs: profile.runCount,
      medianMs: 1e3 * profile.plainSeconds, recordedMedianMs: 1e3 * profile.recordedSeconds,
      roof: Encoded.Roof(gflops: 2e-9 * profile.roof.multiplyAddsPerSecond, memory: memory),
      steps: profile.steps.map { step in
        Encoded.Step(
          name: step.name, op: step.op, shape: step.shape, kernel: step.kernel, chunks: step.chunkCount,
          minMs: 1e3 * step.minimum, medianMs: 1e3 * step.median, share: step.median / total,
          macs: step.multiplyAdds, bytes: step.byteCount, roofFraction: step.least / step.median,
          bound: step.bound.rawValue)
      },
      ops: totals.map { op in
        Encoded.Op(
          op: op.op, steps: op.count, medianMs: 1e3 * op.median, share: op.median / total, macs: op.multiplyAdds,
          roofFraction: op.least / op.median)
      })
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(encoded), as: UTF8.self)
  }
}
