import Diagnostics
import GraphIR
import Ops
import Tensors
import TestSupport
import Testing

/// The text of a small network with most of what the grammar has.
private let sample = """
  graph Tiny(%0 image: f32[N, 3, 8, 8], %1 mask: f32[N, 4, 4, 4]) {
    weight @conv.weight: f32[4, 3, 3, 3] = heNormal(fan: 36)
    weight @conv.bias: f32[4] = zeros
    weight @"fc weight": f32[10, 4] = uniform(bound: 0.5)
    statistic @mean: f32[4] = constant(-1e-05)

    %2 = conv(%0, @conv.weight, @conv.bias, %1) {stride: [2, 2], padding: [1, 1, 1, 1], bias: true, residual: true, \
  activation: clip, low: 0.0, high: inf} -> f32[N, 4, 4, 4] "layer1.0.conv"
    %3 = globalAveragePool(%2) -> f32[N, 4]
    %4 = linear(%3, @"fc weight") -> f32[N, 10] "a \\"quoted\\\\ name\\n"
    %5, %6, %7 = batchStatistics(%3) -> f32[4], f32[4], f32[4]
    update @mean = %5
    update @conv.bias = @mean
    return logits: %4, "second output": %2
  }

  """

struct GraphTextTests {
  private func parse(_ text: String) -> (graph: Graph?, diagnostics: [Diagnostic]) {
    parseGraph(SourceFile(path: "test.graph", bytes: Array(text.utf8)), ops: OpRegistry.table)
  }

  @Test func printingWhatWasParsedGivesTheTextAgain() throws {
    let (graph, diagnostics) = parse(sample)
    #expect(diagnostics == [])
    let parsed = try #require(graph)
    #expect(parsed.description == sample)
    #expect(verify(parsed) == [])
    let origin = try #require(parsed.nodes[1].origin)
    let quoted = String(decoding: origin.file.bytes[origin.bytes], as: UTF8.self)
    #expect(quoted == "%3 = globalAveragePool(%2) -> f32[N, 4]")
  }

  @Test(arguments: OpSamples.all)
  func roundTrip(problem: OpProblem) throws {
    let text = try problem.graph().description
    let (graph, diagnostics) = parse(text)
    #expect(diagnostics == [])
    #expect(graph?.description == text)
  }

  @Test(arguments: 0..<50)
  func randomGraphsComeBack(seed: UInt64) throws {
    let text = try RandomGraph.make(seed: seed).description
    let (graph, diagnostics) = parse(text)
    #expect(diagnostics == [])
    #expect(graph?.description == text)
    #expect(graph.map(verify) == [])
  }

  @Test func valuesAreNumberedByDefinition() throws {
    var builder = GraphBuilder(Graph(name: "Numbers"))
    let x = builder.input("x", TensorType(.f32, [.batch, 4]))
    let dead = try builder.append(ReLU(), [x])[0]
    let live = try builder.append(Exp(), [x])[0]
    builder.output("y", live)
    var graph = builder.graph
    graph.nodes.removeAll { $0.results == [dead] }
    #expect(
      graph.description == """
        graph Numbers(%0 x: f32[N, 4]) {
          %1 = exp(%0) -> f32[N, 4]
          return y: %1
        }

        """)
  }

  @Test func commentsAndLayoutMeanNothing() throws {
    let (graph, diagnostics) = parse(
      "// Before.\ngraph G(%7 x:f32[N,4]){%3=relu(%7)->f32[N,4] // behind\nreturn y:%3}// the end")
    #expect(diagnostics == [])
    #expect(graph?.nodes.count == 1)
  }

  // MARK: Errors

  /// Text in which `^` stands before the place of the one error.
  @Test(arguments: [
    ("^", "expected 'graph'"),
    ("graph G^{ return y: %0 }", "expected '('"),
    ("graph G(^x: f32[N, 4]) { return y: %0 }", "expected a value, such as %1"),
    (
      "graph G(%0 x: ^q32[N, 4]) { return y: %0 }",
      "'q32' is no element type; there are f32, f64, bf16, i32, u8, s8, i64"
    ),
    ("graph G(%0 x: f32[^M, 4]) { return y: %0 }", "expected a dimension: an integer or N"),
    ("graph G(%0 x: ^f32[4, N]) { return y: %0 }", "only the first dimension may be N; got f32[4, N]"),
    ("graph G(%0 x: ^f32[N, 0]) { return y: %0 }", "a dimension is at least 1; got f32[N, 0]"),
    ("graph G(%0 x: ^f32[N, 268435457]) { return y: %0 }", "a dimension is at most 2^28; got f32[N, 268435457]"),
    (
      "graph G(%0 x: ^f32[N, 65536, 65536]) { return y: %0 }",
      "f32[N, 65536, 65536] is too large: a tensor has less than 2^31 elements an image"
    ),
    (
      "graph G(%0 x: f32[N, ^99999999999999999999]) { return y: %0 }",
      "'99999999999999999999' is not a number that fits 64 bits"
    ),
    ("graph G(%^ x: f32[N, 4]) { return y: %0 }", "expected a number that fits 64 bits"),
    ("graph G(%0 x: f32[N, 4], ^%0 y: f32[N, 4]) { return y: %0 }", "a second definition of %0"),
    ("graph G(%0 x: f32[N, 4]) { ^}", "expected a node, 'update' or 'return'"),
    (
      "graph G(%0 x: f32[N, 4]) { update ^%0 = %0 return y: %0 }",
      "expected the parameter that is updated, such as @conv1.weight"
    ),
    ("graph G(%0 x: f32[4]) { update ^@w = %0 return y: %0 }", "there is no parameter @w"),
    ("graph G(%0 x: f32[4]) { weight @w: f32[4] = zeros update @w ^%0 return y: %0 }", "expected '='"),
    (
      "graph G(%0 x: f32[4]) { weight @w: f32[4] = zeros update @w = ^%1 return y: %0 }",
      "%1 is not defined before this use"
    ),
    ("graph G(%0 x: f32[N, 4]) { return y: ^%1 }", "%1 is not defined before this use"),
    ("graph G(%0 x: f32[N, 4]) { return y: ^@w }", "there is no parameter @w"),
    ("graph G(%0 x: f32[N, 4]) { return y: %0 } ^more", "expected the end of the file after the graph's '}'"),
    ("graph G() { weight ^w: f32[4] = zeros return y: @w }", "expected a parameter's name, such as @conv1.weight"),
    (
      "graph G() { weight @w: f32[4] = ^ones return y: @w }",
      "'ones' is no initializer: there are zeros, constant, heNormal and uniform"
    ),
    ("graph G() { weight @w: f32[4] = heNormal(^3) return y: @w }", "expected 'fan:'"),
    ("graph G() { weight @w: f32[4] = zeros weight ^@w: f32[4] = zeros return y: @w }", "a second parameter @w"),
    ("graph G(%0 x: f32[N, 4]) { %1 = relu(^%2) -> f32[N, 4] return y: %1 }", "%2 is not defined before this use"),
    ("graph G(%0 x: f32[N, 4]) { %1 = relu(%0) ^f32[N, 4] return y: %1 }", "expected '->' and the result's type"),
    ("graph G(%0 x: f32[N, 4]) { ^%1, %2 = relu(%0) -> f32[N, 4] return y: %1 }", "2 results with 1 types"),
    (
      "graph G(%0 x: f32[N, 4]) { %1 = ^relu(%0) -> f32[N, 5] return y: %1 }",
      "this gives f32[N, 4], but the text says f32[N, 5]"
    ),
    (
      "graph G(%0 x: f32[N, 4]) { %1 = ^globalAveragePool(%0) -> f32[N, 4] return y: %1 }",
      "globalAveragePool needs an input of rank 4, [N, C, H, W]; got f32[N, 4]"
    ),
    (
      "graph G(%0 x: f32[N, 4]) { %1 = ^clip(%0) {low: 0} -> f32[N, 4] return y: %1 }",
      "'clip' needs the attribute 'high'"
    ),
    (
      "graph G(%0 x: f32[N, 4]) { %1 = clip(%0) {low: 0, ^low: 0, high: 1} -> f32[N, 4] return y: %1 }",
      "a second attribute 'low'"
    ),
    (
      "graph G(%0 x: f32[N, 4]) { %1 = clip(%0) {low: ^(} -> f32[N, 4] return y: %1 }",
      "expected an attribute: a number, a list of integers, or a word"
    ),
    ("graph ^\"open", "this string has no closing quote"),
    ("graph \"^\\q\"", #"a string's escapes are \n, \r, \" and \\"#),
    ("graph ^$", "a graph cannot hold the byte 36 here"),
    ("graph G(%0 x: f32[N, ^1.2.3])", "'1.2.3' is not a number that fits 64 bits"),
  ])
  func message(text: String, expected: String) throws {
    let bytes = Array(text.utf8)
    let offset = try #require(bytes.firstIndex(of: UInt8(ascii: "^")))
    let (graph, diagnostics) = parse(text.replacing("^", with: ""))
    #expect(graph == nil)
    #expect(diagnostics.map(\.message) == [expected])
    #expect(diagnostics.first?.range?.bytes.lowerBound == offset)
  }

  @Test func errorsOfMeaningAreCollected() {
    let (_, diagnostics) = parse(
      "graph G(%0 x: f32[N, 4]) { %1 = rleu(%0) -> f32[N, 4] %2 = relu(%9) -> f32[N, 4] return y: %1, z: %3 }")
    #expect(diagnostics.count == 3)
    #expect(diagnostics.first?.message == "there is no op 'rleu'; did you mean 'relu'?")
  }

  /// Sizes that overflow arithmetic end in an error also where they reach an op's shape rule.
  @Test func hostileSizesReachNoShapeRule() {
    let size = Int.max
    let (graph, diagnostics) = parse(
      "graph G(%0 x: f32[N, 1, \(size), \(size)]) { %1 = pad(%0) {padding: [1, 1, 1, 1]} -> f32[N, 1, 1, 1] return y: %1 }"
    )
    #expect(graph == nil)
    #expect(diagnostics.count == 2)
  }

  /// Every prefix, and every text with one byte replaced, ends in a graph or in diagnostics.
  @Test func mutilatedTextDoesNotTrap() {
    let bytes = Array(sample.utf8)
    var generator = SeededGenerator(seed: 1)
    for end in bytes.indices {
      let prefix = SourceFile(path: "prefix", bytes: Array(bytes[..<end]))
      #expect(parseGraph(prefix, ops: OpRegistry.table).graph == nil || end == bytes.count - 1)
      var changed = bytes
      changed[end] = UInt8.random(in: 0...255, using: &generator)
      let (graph, diagnostics) = parseGraph(SourceFile(path: "changed", bytes: changed), ops: OpRegistry.table)
      #expect((graph == nil) == !diagnostics.isEmpty)
    }
  }
}
