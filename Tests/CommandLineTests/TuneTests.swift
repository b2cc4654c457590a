import Foundation
import Testing

@Suite struct TuneTests {
  private func tuningFile(version: String = "1", processor: String = "\"x86-64-v3\"", choices: String = "{}") -> String
  {
    "{\"apus_tuning\": \(version), \"processor\": \(processor), \"convolutions\": \(choices)}"
  }

  private func bench(_ network: TinyNetwork, tuning: String) throws -> CommandLineRun {
    try tuning.write(to: network.directory.appending(path: "t.tuning"), atomically: true, encoding: .utf8)
    return try network.apus("bench", "--repeat", "1", "--threads", "1", "--tuning", "t.tuning")
  }

  /// What it writes, other commands read without a word.
  @Test func whatWasTunedIsRead() throws {
    let network = try TinyNetwork()
    let tune = try network.apus("tune", "--seconds", "0.1", "--threads", "1", "-o", "tiny.tuning")
    #expect(tune.exitCode == 0 && tune.output == "" && tune.errors.hasSuffix("wrote tiny.tuning\n"))
    #expect(tune.errors.contains("c1 h8 w8 o4 h8 w8 k3x3 s1x1 d1x1 p1x1 g1 n1"))
    let text = try String(contentsOf: network.directory.appending(path: "tiny.tuning"), encoding: .utf8)
    let bench = try bench(network, tuning: text)
    #expect(bench.exitCode == 0 && bench.errors == "")
  }

  /// The results are the same bits, whatever the schedule: tiles of two rows, as machines of 32 registers and of 16
  /// have them.
  @Test(arguments: ["direct 2x8x1, chunks 1x8x1", "direct 2x4x1, chunks 1x8x1"])
  func aTuningChangesNoResult(_ choice: String) throws {
    let network = try TinyNetwork()
    try network.writeArray("x.npy", shape: [1, 1, 8, 8])
    let tune = try network.apus("tune", "--seconds", "0.1", "--threads", "1", "-o", "-")
    let processor = try #require(tune.output.firstMatch(of: /"processor": ("[^"]*")/)?.1)
    try tuningFile(
      processor: String(processor), choices: "{\"c1 h8 w8 o4 h8 w8 k3x3 s1x1 d1x1 p1x1 g1 n1\": \"\(choice)\"}"
    ).write(to: network.directory.appending(path: "t.tuning"), atomically: true, encoding: .utf8)
    for (output, arguments) in [("y.npy", []), ("z.npy", ["--tuning", "t.tuning"])] {
      let line = ["run", "tiny.apus", "--network", "Tiny", "--seed", "1", "--input", "x.npy", "--output", output]
      let run = try network.apus(line + arguments)
      #expect(run.exitCode == 0 && run.errors == "")
    }
    let results = try ["y.npy", "z.npy"].map { try Data(contentsOf: network.directory.appending(path: $0)) }
    #expect(results[0] == results[1])
  }

  @Test func anotherProcessorsTuningIsNotUsed() throws {
    let run = try bench(TinyNetwork(), tuning: tuningFile(processor: "\"pdp11\""))
    #expect(run.exitCode == 0)
    #expect(run.errors.hasPrefix("t.tuning: note: not used: it was measured for the processor pdp11, and this is "))
  }

  @Test(arguments: [
    ("", "is no tuning file: "),
    ("[1, 2]", "is no tuning file: expected an object with the integer 'apus_tuning', its version"),
    ("{\"apus_tuning\": 7}", "is of version 7, and this apus reads version 1: write it anew with apus tune"),
    ("{\"apus_tuning\": 1}", "is damaged: expected the string 'processor' and the object 'convolutions'"),
    (
      "{\"apus_tuning\": 1, \"processor\": \"x\", \"convolutions\": {\"c1\": 2}}",
      "is damaged: 'c1' is an integer, not a string"
    ),
  ])
  func filesThatAreNoneAreRefused(_ text: String, _ message: String) throws {
    let run = try bench(TinyNetwork(), tuning: text)
    #expect(
      run.exitCode == 1 && run.output == "" && run.errors.hasPrefix("t.tuning: error: \(message)"), "\(run.errors)")
  }

  @Test(arguments: [(["--seconds", "0"], "--seconds takes 0.001 to 86400."), (["-o", ""], "--output takes a path")])
  func wrongUsageIsExplained(_ arguments: [String], _ message: String) throws {
    let run = try TinyNetwork().apus(["tune", "tiny.apus", "--network", "Tiny"] + arguments)
    #expect(run.exitCode == 2 && run.errors.contains(message))
  }
}
