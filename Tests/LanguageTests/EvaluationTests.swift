import Diagnostics
import GraphIR
import Language
import Tensors
import Testing

/// What expressions, calls and networks mean.
struct EvaluationTests {
  // MARK: Expressions

  /// The value of an expression as the channels of an input. Parameters of the network can be named.
  private func value(_ expression: String) throws -> Int? {
    let module = load(
      """
      network A(x: f32[N, (\(expression)), 8, 8], three: Int = 3, half: Float = 0.5, list: [Int] = [5, 6, 7]) {
        return relu(x)
      }
      """)
    let (network, diagnostics) = module.elaborate()
    let graph = try #require(network, "\(render(module.diagnostics + diagnostics))").graph
    return graph.type(of: graph.inputs[0].value).shape[1].fixedExtent
  }

  @Test(arguments: [
    ("1 + 2 * three", 7), ("(1 + 2) * 3", 9), ("10 - 4 - 3", 3), ("2 * -3 + 10", 4), ("1_000", 1000),
    ("7 / 2", 3), ("-7 / 2 + 10", 6), ("7 / -2 + 10", 6), ("-8 / 2 + 10", 6), ("-7 % 3", 2), ("7 % -3 + 10", 8),
    ("list[1]", 6), ("list[list.count - 1]", 7), ("[1, 2, 3][2]", 3),
    ("if three == 3 and not false { 1 } else { 2 }", 1), ("if 1 > 2 or three != 3 { 1 } else { 2 }", 2),
    ("if half < 1 and half * 2 == 1.0 { 4 } else { 2 }", 4), ("if not three == 4 { 8 } else { 9 }", 8),
    ("if true or 1 / 0 == 1 { 1 } else { 2 }", 1), ("if false and [1][2] == 1 { 1 } else { 2 }", 2),
    ("if training { 1 } else { 2 }", 2), ("if three == 1 { 1 } else if three == 3 { a = 4; a + 1 } else { 9 }", 5),
    ("if true == (1 <= 1) { 3 } else { 4 }", 3), ("2 + (if 1 >= 2 { 1 } else { 5 })", 7),
  ])
  func expressionHasItsValue(_ expression: String, _ expected: Int) throws {
    #expect(try value(expression) == expected)
  }

  // MARK: Calls

  /// The printed types of the outputs of a file's only network, or of the one named.
  private func outputs(
    _ source: String, _ name: String? = nil, _ overrides: [String] = [], files: [String: String] = [:]
  ) throws -> [String] {
    let module = load(source, files: files)
    let (network, diagnostics) = module.elaborate(name, overrides: try overrides.map { try ParameterOverride($0) })
    let graph = try #require(network, "\(render(module.diagnostics + diagnostics))").graph
    return graph.outputs.map { "\($0.name) \(graph.type(of: $0.value).shape)" }
  }

  @Test(arguments: [
    ("1", "[N, 1, 6, 6]"), ("padding: 1", "[N, 1, 6, 6]"), ("[1, 2]", "[N, 1, 6, 8]"), ("[0, 1, 2, 3]", "[N, 1, 6, 8]"),
  ])
  func sidesAreOneNumberOrAList(_ sides: String, _ shape: String) throws {
    #expect(try outputs("network A(x: f32[N, 1, 4, 4]) -> y { return pad(x, \(sides)) }") == ["y \(shape)"])
  }

  private static let widths = """
    block W(x, width: Int, twice: Int = 2 * width, f: Block = relu) {
      c = conv(f(x), twice, kernel: 1)
      return c
    }

    """

  @Test(arguments: [
    ("W(x, 3)", 6), ("W(x, width: 3)", 6), ("W(x, 3, 4)", 4), ("W(x, twice: 5, width: 1)", 5), ("x |> W(3)", 6),
    ("x |> W(width: 1, twice: 9)", 9), ("W(x, 3, f: maxPool(kernel: 2))", 6), ("W(x, 3, f: subsample(2))", 6),
    ("U(x, W(twice: 7))", 7), ("U(x, f: W(2, f: identity))", 4), ("U(x, W(twice: 7, width: 9))", 7),
    ("U(x, if x.channels == 4 { W } else { W(twice: 1) })", 4), ("U(x, f: V)", 2),
  ])
  func argumentsFindTheirParameters(_ call: String, _ channels: Int) throws {
    let source =
      Self.widths + """
        block U(x, f: Block) { return f(x, width: 2) }
        block V(x, width: Int) {
          v = conv(x, width, kernel: 1)
          return v
        }
        network A(x: f32[N, 4, 8, 8]) -> y {
          y = \(call)
          return globalAveragePool(y)
        }
        """
    #expect(try outputs(source) == ["y [N, \(channels)]"])
  }

  @Test func concatenationTakesAnyNumber() throws {
    let source = "network A(x: f32[N, 4, 8, 8]) { return concat(x, x, x), x |> concat(relu(x)) }"
    #expect(try outputs(source) == ["output [N, 12, 8, 8]", "output1 [N, 8, 8, 8]"])
  }

  @Test(arguments: ["+": "add", "-": "subtract", "*": "multiply", "/": "divide"])
  func operatorsOnTensorsAreOps(_ symbol: String, _ mnemonic: String) throws {
    let (network, _) = load("network A(x: f32[N, 4]) { return x \(symbol) relu(x) }").elaborate()
    #expect(try #require(network).graph.layers.map(\.op) == ["relu", mnemonic])
  }

  @Test(arguments: [
    ("x + 2", 1, 2), ("2 + x", 1, 2), ("x - 2", 1, -2), ("2 - x", -1, 2), ("x * 0.5", 0.5, 0), ("3 * x", 3, 0),
    ("x / 4", 0.25, 0), ("-x", -1, 0),
  ])
  func numbersScaleAndShiftTensors(_ expression: String, _ scale: Double, _ shift: Double) throws {
    let (network, _) = load("network A(x: f32[N, 4]) { return \(expression) }").elaborate()
    let op = try #require(network?.graph.nodes.first?.op)
    #expect(type(of: op).mnemonic == "affine")
    #expect((op.attributes["scale"] ?? .float(1)) == .float(scale))
    #expect((op.attributes["shift"] ?? .float(0)) == .float(shift))
  }

  // MARK: Networks

  private static let family = """
    network Base(x: f32[N, 4, size, size], size: Int = 2 * half, half: Int = 4, width: Int = size, f: Block = relu) {
      c = conv(f(x), width, kernel: 1)
      return c
    }
    network Wide = Base(width: 3 * half)
    network Small = Wide(half: 2)
    block Twice(x) { return x + x }

    """

  @Test(
    arguments: [
      ("Base", [], "c [N, 8, 8, 8]"), ("Wide", [], "c [N, 12, 8, 8]"), ("Small", [], "c [N, 6, 4, 4]"),
      ("Base", ["size=5"], "c [N, 5, 5, 5]"), ("Small", ["half=1 + 2", "width=7"], "c [N, 7, 6, 6]"),
      ("Small", ["width=half"], "c [N, 2, 4, 4]"), ("Base", ["f=Twice"], "c [N, 8, 8, 8]"),
      ("Base", ["f=maxPool(kernel: 2)"], "c [N, 8, 4, 4]"),
    ] as [(String, [String], String)])
  func defaultsAreOverridden(_ name: String, _ overrides: [String], _ expected: String) throws {
    #expect(try outputs(Self.family, name, overrides) == [expected])
  }

  @Test(arguments: [
    ("width", "--set:1:6: error: expected '=' between key and value, found the end of the file"),
    ("widht=3", "--set:1:1: error: 'Base' has no parameter 'widht' to set; did you mean 'width'?"),
    ("width=1.5", "--set:1:7: error: 'width' is Int, not Float"),
    ("width=3 4", "--set:1:9: error: expected the end of the value, found the number 4"),
    ("f=rellu", "--set:1:3: error: unknown function or block 'rellu'; did you mean 'relu'?"),
    ("half=size", "--set:1:6: error: the default of 'size' depends on itself; give one of the parameters a value"),
  ])
  func wrongOverridesAreErrors(_ text: String, _ expected: String) {
    var found: [Diagnostic] = []
    do throws(Diagnostic) {
      found = load(Self.family).elaborate("Base", overrides: [try ParameterOverride(text)]).diagnostics
    } catch {
      found = [error]
    }
    #expect(render(found).split(separator: "\n").first.map(String.init) == expected)
  }

  @Test func filesImportFiles() throws {
    let files = [
      "lib/blocks.apus": "import \"deep.apus\"\nblock B(x) { return D(x) }",
      "lib/deep.apus": "block D(x) { return maxPool(x, kernel: 2) }\nnetwork Net(x: f32[N, 4, 8, 8]) { return D(x) }",
    ]
    let source = "import \"lib/blocks.apus\"\nimport \"lib/deep.apus\"\n"
    #expect(
      try outputs(source + "network A(x: f32[N, 4, 8, 8]) -> y { return B(x) }", files: files) == ["y [N, 4, 4, 4]"])
    // A file's own declarations hide those that it imports, and imported networks can be asked for.
    #expect(
      try outputs(
        source + "block D(x) { return x }\nnetwork A(x: f32[N, 1]) -> y { return relu(D(x)) }", "A", files: files)
        == ["y [N, 1]"])
    #expect(try outputs(source, "Net", files: files) == ["output [N, 4, 4, 4]"])
  }

  @Test func trainingOutputsAreLeftOutOfInference() throws {
    let module = load(
      """
      network A(x: f32[N, 4]) -> y, aux {
        side = if training { linear(x, 3) }
        deep = if training and x.channels == 4 { relu(side) }
        y    = linear(x, 2)
        return y, deep
      }
      """)
    let network = try #require(module.elaborate().network)
    #expect(network.trainingParameterNames == ["side.weight", "side.bias"])
    let inference = network.graph
    #expect(inference.outputs.map(\.name) == ["y"])
    #expect(inference.parameters.map(\.name) == ["y.weight", "y.bias"])
    let training = try #require(module.elaborate(isTraining: true).network).graph
    #expect(training.outputs.map(\.name) == ["y", "aux"])
    #expect(training.parameters.map(\.name).contains("side.weight"))
  }

  @Test func labelsComeFromAFileBesideTheNetwork() throws {
    let module = load(
      "import \"nets/a.apus\"",
      files: [
        "nets/a.apus": "labels L = \"names.txt\"\nnetwork A(x: f32[N, 2]) using L { return relu(x) }",
        "nets/names.txt": "first\r\nsecond, with spaces\n\n",
      ])
    #expect(module.elaborate("A").network?.labels == ["first", "second, with spaces"])
  }

  @Test func networksAreListedWithWhatCanBeSet() throws {
    let networks = load("/// The common\n/// body.\n" + Self.family).networks
    #expect(networks.map(\.name) == ["Base", "Wide", "Small"])
    #expect(networks[0].documentation == "The common body.")
    #expect(networks[2].parameters.map(\.name) == ["size", "half", "width", "f"])
    #expect(networks[2].parameters.map(\.defaultText) == ["2 * half", "2", "3 * half", "relu"])
  }
}
