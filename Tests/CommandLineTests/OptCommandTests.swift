import Passes
import Testing

@Suite struct OptCommandTests {
  private let graph = """
    graph Test(%0 x: f32[N, 3, 4, 4]) {
      weight @conv.weight: f32[2, 3, 3, 3] = heNormal(fan: 18)

      %1 = conv(%0, @conv.weight) {padding: [1, 1, 1, 1]} -> f32[N, 2, 4, 4] "conv"
      %2 = dropout(%1) {rate: 0.5} -> f32[N, 2, 4, 4]
      %3 = relu(%2) -> f32[N, 2, 4, 4]
      return y: %3
    }

    """

  @Test func passesRunInTheGivenOrder() throws {
    let file = try TemporaryFile(graph)
    let wrongOrder = try CommandLineRun("opt", file.path, "--passes", "fuse-activation,eliminate-identities")
    #expect(wrongOrder.exitCode == 0)
    #expect(wrongOrder.output.contains("relu(%1)"))
    let rightOrder = try CommandLineRun("opt", file.path, "--passes", "eliminate-identities,fuse-activation")
    #expect(rightOrder.output.contains("activation: relu"))
    #expect(rightOrder.errors == "")
  }

  @Test func withoutPassesThePipelineRuns() throws {
    let file = try TemporaryFile(graph)
    let run = try CommandLineRun("opt", file.path, "--report")
    #expect(run.exitCode == 0)
    #expect(run.output.contains("activation: relu"))
    #expect(run.errors.split(separator: "\n").count == Pipeline.inference.passes.count)
    #expect(run.errors.contains("3 -> 2 nodes"))
  }

  @Test func passesAreListedWithTheirReasons() throws {
    let run = try CommandLineRun("opt", "--list")
    #expect(run.exitCode == 0)
    for pass in Pipeline.known {
      #expect(run.output.contains(pass.name) && run.output.contains(pass.reason))
    }
  }

  @Test(arguments: [
    ([], 2, "Give a file with a graph, or --list."),
    (["FILE", "--passes", "fold-batchnorm"], 2, "There is no pass 'fold-batchnorm'; did you mean 'fold-batch-norm'?"),
    (["FILE", "--passes", "none,all"], 2, "There is no pass 'none'. `apus opt --list` names them all."),
    (["/nonexistent"], 1, "/nonexistent: error: no such file or directory"),
    (["/"], 1, "/: error: it is a directory, not a file"),
  ])
  func mistakesAreExplained(_ arguments: [String], _ exitCode: Int32, _ message: String) throws {
    let file = try TemporaryFile(graph)
    let run = try CommandLineRun(arguments: ["opt"] + arguments.map { $0 == "FILE" ? file.path : $0 })
    #expect(run.exitCode == exitCode)
    #expect(run.errors.contains(message))
    #expect(run.output == "")
  }

  @Test func aNetworkFileGivesItsGraph() throws {
    let file = try TemporaryFile(
      "network Small(x: f32[N, 3, 4, 4]) -> y {\n  conv1 = conv(x, 2, kernel: 3)\n  return relu(conv1)\n}\n",
      extension: "apus")
    let plain = try CommandLineRun("opt", file.path, "--passes", "none")
    #expect(plain.exitCode == 0)
    #expect(plain.output.contains("= relu("))
    let graph = try TemporaryFile(plain.output)
    let fused = try CommandLineRun("opt", graph.path)
    #expect(fused.output == (try CommandLineRun("opt", file.path)).output)
    #expect(fused.output.contains("activation: relu"))
  }

  @Test func anUnreadableGraphIsPointedAt() throws {
    let file = try TemporaryFile("graph Test(%0 x: f32[N, 4]) {\n  %1 = rleu(%0) -> f32[N, 4]\n  return y: %1\n}\n")
    let run = try CommandLineRun("opt", file.path)
    #expect(run.exitCode == 1)
    #expect(run.errors.contains("\(file.path):2:8: error: there is no op 'rleu'"))
    #expect(run.output == "")
  }
}
