import Foundation
import Testing

/// `apus check`, `format` and `show`.
@Suite struct LanguageCommandTests {
  private let network = """
    network A(x: f32[N, 4, 8, 8], width: Int = 8) -> y {
      conv1 = conv(x, width, kernel: 3, padding: 1, bias: true)
      y     = linear(globalAveragePool(relu(conv1)), 2)
      return y
    }

    """

  private func file(_ text: String) throws -> TemporaryFile { try TemporaryFile(text, extension: "apus") }

  // MARK: check

  @Test func checkIsSilentWhereNothingIsWrong() throws {
    let file = try file(network)
    let run = try CommandLineRun("check", file.path)
    #expect(run.exitCode == 0 && run.output == "" && run.errors == "")
  }

  @Test func checkTellsOfAllFiles() throws {
    let (first, second) = (try file("block B(x) { return rellu(x) }"), try file("block"))
    let run = try CommandLineRun("check", first.path, second.path)
    #expect(run.exitCode == 1 && run.output == "")
    #expect(
      run.errors.contains("\(first.path):1:21: error: unknown function or block 'rellu'; did you mean 'relu'?"))
    #expect(run.errors.contains("\(second.path):1:6: error: expected the block's name, found the end of the file"))
    #expect(!run.errors.contains("\u{1B}"))
  }

  @Test(arguments: [["check"], ["show"], ["format", "--chek", "a"], ["show", "a.apus", "--set"]])
  func wrongUsageIsTwo(_ arguments: [String]) throws {
    let run = try CommandLineRun(arguments: arguments)
    #expect(run.exitCode == 2 && run.output == "")
    #expect(run.errors.contains("Error"))
  }

  // MARK: format

  @Test func formatRewritesAFileOnce() throws {
    let file = try file(network.replacing("     = linear", with: "=linear"))
    let check = try CommandLineRun("format", "--check", file.path)
    #expect(check.exitCode == 1 && check.errors.contains("is not formatted; run 'apus format"))
    #expect(try CommandLineRun("format", file.path).exitCode == 0)
    #expect(try file.text() == network)
    #expect(try CommandLineRun("format", "--check", file.path).exitCode == 0)
  }

  @Test func formatLeavesABrokenFileAlone() throws {
    let file = try file("block  B(")
    let run = try CommandLineRun("format", file.path)
    #expect(run.exitCode == 1 && run.errors.contains("expected"))
    #expect(try file.text() == "block  B(")
  }

  // MARK: show

  @Test func showIsATable() throws {
    let file = try file(network)
    let run = try CommandLineRun("show", file.path)
    #expect(run.exitCode == 0)
    #expect(
      run.output == """
        A: x f32[N, 4, 8, 8] -> y f32[N, 2]

        layer  op                 output shape  parameters  multiply-adds
        -----------------------------------------------------------------
        conv1  conv               [N, 8, 8, 8]         296         18,432
        y      relu               [N, 8, 8, 8]
        y      globalAveragePool  [N, 8]
        y      linear             [N, 2]                18             16
        -----------------------------------------------------------------
        total                                          314         18,448

        """)
  }

  private struct Shown: Decodable {
    struct Layer: Decodable {
      var name: String
      var op: String
      var shape: [Int]
      var parameters: Int
      var macs: Int
    }

    var layers: [Layer]
    var parameters: Int
    var macs: Int
  }

  @Test func showJSONHasTheAgreedFields() throws {
    let file = try file(network)
    let run = try CommandLineRun("show", file.path, "--json", "--set", "width=2")
    let shown = try JSONDecoder().decode(Shown.self, from: Data(run.output.utf8))
    #expect(shown.parameters == 74 + 6 && shown.macs == 4608 + 4)
    #expect(shown.layers.map(\.op) == ["conv", "relu", "globalAveragePool", "linear"])
    let first = shown.layers[0]
    #expect(first.name == "conv1" && first.shape == [1, 2, 8, 8] && first.parameters == 74 && first.macs == 4608)
  }

  @Test func showDrawsTheGraph() throws {
    let file = try file(network)
    let dot = try CommandLineRun("show", file.path, "--dot", "-").output
    #expect(dot.hasPrefix("digraph \"A\" {") && dot.contains("input0 -> node0") && dot.contains("node3 -> output0"))
    #expect(dot.contains("node0 [label=\"conv1\\nconv\\n[N, 8, 8, 8]\"]"))

    let page = try TemporaryFile(extension: "html")
    let run = try CommandLineRun("show", file.path, "--html", page.path)
    #expect(run.exitCode == 0 && run.output == "")
    let html = try page.text()
    #expect(html.contains("<svg") && html.contains("18,448") && html.contains("conv  conv1"))
    // Nothing is fetched from elsewhere.
    #expect(!html.contains("src=") && !html.contains("href=\"http") && !html.contains("url(http"))
  }

  @Test func aWrongSettingIsTold() throws {
    let file = try file(network)
    let run = try CommandLineRun("show", file.path, "--set", "widht=2")
    #expect(run.exitCode == 2)
    #expect(run.errors.contains("--set:1:1: error: 'A' has no parameter 'widht' to set; did you mean 'width'?"))
  }
}
