import Foundation
import Testing

/// What commands write, and where.
@Suite struct OutputTests {
  private static let picture = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../examples/pictures/8-bag.png").standardizedFileURL.path

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
  }

  private static let benchFields: Set = [
    "network", "batch", "threads", "target", "precision", "min_ms", "median_ms", "p90_ms", "p99_ms", "gflops",
    "times_ms",
  ]

  private func checkBench(_ run: CommandLineRun, _ fields: Set<String>) throws {
    #expect(run.exitCode == 0 && run.errors == "")
    let report = try object(run.output)
    #expect(Set(report.keys) == fields)
    let times = try #require(report["times_ms"] as? [Double])
    #expect(times.count == 4 && times.min() == report["min_ms"] as? Double)
    #expect(report["network"] as? String == "Tiny" && report["batch"] as? Int == 3 && report["threads"] as? Int == 2)
    #expect(report["precision"] as? String == "f32" && report["target"] as? String == "native")
  }

  @Test func benchReportsInJSON() throws {
    let run = try TinyNetwork().apus("bench", "--repeat", "4", "--batch", "3", "--threads", "2", "--json")
    try checkBench(run, Self.benchFields.union(["peak_gflops", "peak_fraction"]))
  }

  @Test func executablesReportInJSON() throws {
    try withTinyExecutable(arguments: ["--batch", "1..3"]) { executable in
      let bench = try CommandLineRun(
        program: executable, "--bench", "--repeat", "4", "--batch", "3", "--threads", "2", "--json")
      try checkBench(bench, Self.benchFields)
      let info = try object(try CommandLineRun(program: executable, "--info").output)
      #expect(info["network"] as? String == "Tiny" && info["largest_batch"] as? Int == 3)
      try checkPredictions(try CommandLineRun(program: executable, Self.picture, "--top", "2", "--json"))
    }
  }

  private func checkPredictions(_ run: CommandLineRun) throws {
    #expect(run.exitCode == 0 && run.errors == "")
    let pictures = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]])
    #expect(pictures.map { $0["image"] as? String } == [Self.picture])
    let predictions = try #require(pictures[0]["predictions"] as? [[String: Any]])
    #expect(predictions.count == 2)
    for prediction in predictions {
      #expect(Set(prediction.keys) == ["class", "label", "probability"])
    }
  }

  /// Names of files are bytes, JSON is UTF-8.
  @Test func pathsThatAreNotUTF8AreValidJSON() throws {
    let names = [#"a\377"#, #"\303\251"#, #"\355\240\200b"#, #"c\300\200"#, #"\342\202"#]
    try withTinyExecutable { executable in
      let copies = names.map {
        "cp '\(Self.picture)' \"$(printf '\($0)')\"; '\(executable)' --json \"$(printf '\($0)')\""
      }
      let directory = URL(filePath: executable).deletingLastPathComponent()
      let run = try CommandLineRun(
        program: "/bin/sh", arguments: ["-c", copies.joined(separator: "; ")], in: directory)
      let images = run.output.matches(of: /"image": "([^"]*)"/).map { String($0.1) }
      let one = #"\ufffd"#
      #expect(images == ["a" + one, "é", one + one + one + "b", "c" + one + one, one + one])
      #expect(run.errors == "")
    }
  }

  @Test func runReportsInJSON() throws {
    try checkPredictions(try TinyNetwork().apus("run", Self.picture, "--top", "2", "--json"))
  }

  @Test func verifyReportsInJSON() throws {
    let run = try TinyNetwork().apus("verify", "--json", "--batch", "2")
    #expect(run.exitCode == 0 && run.errors == "")
    let report = try object(run.output)
    #expect(Set(report.keys) == ["steps", "largest_error"])
    let steps = try #require(report["steps"] as? [[String: Any]])
    #expect(steps.last?["op"] as? String == "linear")
    for step in steps { #expect(Set(step.keys) == ["name", "op", "error", "tolerance"]) }
  }

  @Test func verifyTellsStepsApart() throws {
    let run = try TinyNetwork().apus("verify", "--verbose")
    let lines = run.output.split(separator: "\n")
    #expect(run.exitCode == 0 && lines.last?.hasPrefix("\(lines.count - 1) steps agree with the reference") == true)
    #expect(lines.contains { $0.hasPrefix("fc (globalAveragePool)  ") } && Set(lines).count == lines.count)
  }

  @Test func arraysOfAnyBatchAreRun() throws {
    let network = try TinyNetwork()
    try network.writeArray("x.npy", shape: [5, 1, 8, 8])
    let run = try network.apus("run", "--input", "x.npy", "--output", "y.npy", "--batch", "2")
    #expect(run.exitCode == 0 && run.output == "" && run.errors == "")
    let header = try Data(contentsOf: network.directory.appending(path: "y.npy")).prefix(128)
    #expect(String(decoding: header, as: UTF8.self).contains("'shape': (5, 3)"))
  }

  @Test(arguments: [
    ("graph", "graph Tiny("), ("loops", "kernel "), ("llvm", "define "), ("asm", ".text"),
  ])
  func stagesArePrinted(_ kind: String, _ content: String) throws {
    let network = try TinyNetwork()
    let line = ["compile", "tiny.apus", "--network", "Tiny", "--emit", kind]
    let run = try network.apus(line)
    #expect(run.exitCode == 0 && run.errors == "")
    #expect(run.output.contains(content))
    let written = try network.apus(line + ["-o", "a file"])
    #expect(written.exitCode == 0 && written.output == "" && written.errors == "")
    #expect(try String(contentsOf: network.directory.appending(path: "a file"), encoding: .utf8) == run.output)
  }

  @Test(arguments: [
    (["--network", "Tiny"], ["tiny"]),
    (["--network", "int", "-o", "it's \"odd\" $x"], ["it's \"odd\" $x"]),
    (["--network", "int", "--emit", "object", "-o", "int.o"], ["int.h", "int.o"]),
    (["--network", "Tiny", "--emit", "static"], ["libtiny.a", "tiny.h"]),
    (
      ["--network", "Tiny", "--emit", "shared", "--weights-beside"],
      ["libtiny.so", "tiny.h", "tiny.weights"]
    ),
  ])
  func compileWritesFilesAndNamesThem(_ arguments: [String], _ names: [String]) throws {
    let network = try TinyNetwork()
    // Without a home, and with nothing but PATH.
    let run = try network.apus(
      ["compile", "tiny.apus", "--seed", "1"] + arguments,
      environment: ProcessInfo.processInfo.environment.filter { $0.key == "PATH" })
    #expect(run.exitCode == 0 && run.output == "")
    #expect(try network.names == (names + ["tiny.apus"]).sorted())
    #expect(run.errors.split(separator: "\n").count == names.count)
    for name in names { #expect(run.errors.contains("/\(name)\n")) }
  }

  @Test func twoCompilationsOfOneFileGoWell() async throws {
    let network = try TinyNetwork()
    try await withThrowingTaskGroup(of: Int32.self) { group in
      for _ in 0..<2 {
        group.addTask {
          try CommandLineRun(
            arguments: ["compile", "tiny.apus", "--network", "Tiny", "--seed", "1", "-o", "tiny"],
            in: network.directory
          ).exitCode
        }
      }
      for try await exitCode in group { #expect(exitCode == 0) }
    }
    #expect(try CommandLineRun(program: network.path("tiny"), Self.picture).exitCode == 0)
  }
}
