import Foundation
import Testing

@Suite struct ProfileTests {
  /// Of the tiny network's steps. The first gives the picture the convolution's halo.
  private static let ops = ["layout", "conv", "globalAveragePool", "linear"]

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
  }

  @Test func stepsAndOpsAreReportedInJSON() throws {
    let run = try TinyNetwork().apus("profile", "--repeat", "3", "--batch", "2", "--threads", "2", "--json")
    #expect(run.exitCode == 0 && run.errors == "")
    let report = try object(run.output)
    #expect(report["network"] as? String == "Tiny" && report["batch"] as? Int == 2)
    #expect(report["threads"] as? Int == 2 && report["runs"] as? Int == 3)
    let steps = try #require(report["steps"] as? [[String: Any]])
    #expect(steps.map { $0["op"] as? String } == Self.ops)
    #expect(steps[1]["shape"] as? [Int] == [2, 4, 8, 8])
    #expect(steps.map { $0["macs"] as? Int } == [0, 2 * 4 * 9 * 64, 0, 2 * 12])
    for step in steps {
      let (least, median) = (step["min_ms"] as? Double ?? -1, step["median_ms"] as? Double ?? -1)
      #expect(least >= 0 && least <= median)
      #expect(["compute", "memory"].contains(step["bound"] as? String ?? ""))
      #expect(try #require(step["bytes"] as? Int) > 0)
    }
    let shares = steps.compactMap { $0["share"] as? Double }
    #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
    let ops = try #require(report["ops"] as? [[String: Any]])
    #expect(ops.reduce(0) { $0 + ($1["steps"] as? Int ?? 0) } == steps.count)
    let roof = try #require(report["roof"] as? [String: Any])
    #expect(roof["gflops"] as? Double ?? 0 > 0)
    let memory = try #require(roof["memory"] as? [[String: Any]])
    #expect(memory.allSatisfy { $0["gigabytes_per_second"] as? Double ?? 0 > 0 })
    #expect(memory.last?["level"] as? String == "memory")
  }

  @Test func theTableNamesEveryStep() throws {
    let run = try TinyNetwork().apus("profile", "--repeat", "2", "--threads", "1")
    #expect(run.exitCode == 0 && run.errors == "")
    let lines = run.output.split(separator: "\n")
    #expect(lines.first == "Tiny: batch 1, 1 thread, native, 2 runs")
    #expect(lines.contains { $0.hasPrefix("conv1   conv               1x4x8x8") })
    #expect(lines.contains { $0.hasPrefix("total") })
  }

  /// Each chunk of each step is on its thread's row, within its step.
  @Test func theTraceHasEveryChunk() throws {
    let network = try TinyNetwork()
    let run = try network.apus("profile", "--repeat", "2", "--batch", "2", "--threads", "2", "--trace", "t.json")
    #expect(run.exitCode == 0 && run.errors == "")
    let trace = try object(try String(contentsOf: network.directory.appending(path: "t.json"), encoding: .utf8))
    let events = try #require(trace["traceEvents"] as? [[String: Any]])
    let rows = events.filter { $0["ph"] as? String == "M" }.compactMap { $0["args"] as? [String: String] }
    #expect(rows.map { $0["name"] } == ["steps", "thread 0", "thread 1"])
    let spans = events.filter { $0["ph"] as? String == "X" }
    let steps = spans.filter { $0["tid"] as? Int == 0 }
    #expect(steps.map { $0["cat"] as? String } == Self.ops)
    func times(_ span: [String: Any]) throws -> (begin: Double, end: Double) {
      let begin = try #require(span["ts"] as? Double)
      return (begin, begin + (try #require(span["dur"] as? Double)))
    }
    for step in steps {
      let chunks = spans.filter { $0["cat"] as? String == step["cat"] as? String && $0["tid"] as? Int != 0 }
      #expect(!chunks.isEmpty)
      let outer = try times(step)
      for chunk in chunks {
        let inner = try times(chunk)
        #expect(inner.begin >= outer.begin - 1e-6 && inner.end <= outer.end + 1e-6)
      }
    }
  }

  @Test(arguments: [
    (["--repeat", "0"], "--repeat takes 1 to 1000000."),
    (["--seconds", "1", "--repeat", "2"], "Give either --repeat or --seconds."),
    (["--threads", "0"], "--threads takes 1 to 1024."),
  ])
  func wrongUsageIsExplained(_ arguments: [String], _ message: String) throws {
    let network = try TinyNetwork()
    let run = try network.apus(["profile", "tiny.apus", "--network", "Tiny", "--seed", "1"] + arguments)
    #expect(run.exitCode == 2 && run.errors.contains(message))
  }

  @Test func aTraceThatCannotBeWrittenIsSaidFirst() throws {
    let run = try TinyNetwork().apus("profile", "--trace", "no/such/folder/t.json")
    #expect(run.exitCode == 1 && run.output == "" && run.errors.contains("t.json"))
  }
}
