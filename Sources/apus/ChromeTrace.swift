import CodeGen
import Compiler
import Foundation

/// The fastest run of a profile in the trace event format that chrome://tracing and Perfetto read: a row of steps, and
/// below it a row for each thread with its chunks.
/// Source of the format: "Trace Event Format", Google, 2016.
struct ChromeTrace {
  private let events: [Event]

  /// Times are in microseconds.
  private struct Event: Encodable {
    var name: String
    /// The kind of event: X is complete, M names a row.
    var ph: String
    var pid = 1
    var tid: Int
    var cat: String?
    var ts: Double?
    var dur: Double?
    var args: [String: String]
  }

  init(_ profile: Profile) {
    let run = profile.fastest
    var events = [Self.rowName("steps", row: 0)]
    events += (0..<profile.threadCount).map { Self.rowName("thread \($0)", row: $0 + 1) }
    for round in run.rounds {
      let step = profile.steps[round.step]
      let shape = step.shape.map(String.init).joined(separator: "x")
      events.append(
        Self.span(step, row: 0, begin: round.begin, end: round.end, ["shape": shape, "kernel": step.kernel]))
      events += round.chunks.map { number in
        let chunk = run.steps[round.step][number]
        return Self.span(step, row: chunk.thread + 1, begin: chunk.begin, end: chunk.end, ["chunk": "\(number)"])
      }
    }
    self.events = events
  }

  private static func rowName(_ name: String, row: Int) -> Event {
    Event(name: "thread_name", ph: "M", tid: row, args: ["name": name])
  }

  private static func span(
    _ step: Profile.Step, row: Int, begin: Int, end: Int, _ arguments: [String: String]
  ) -> Event {
    Event(
      name: step.name, ph: "X", tid: row, cat: step.op, ts: 1e-3 * Double(begin), dur: 1e-3 * Double(end - begin),
      args: arguments)
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(["traceEvents": events]), as: UTF8.self) + "\n"
  }
}
