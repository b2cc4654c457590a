import GraphIR
import Ops
import Tensors
import Testing

/// Graphs that break one invariant of the verifier, and what it must say.
struct VerifierTests {
  /// relu(x), exp(relu(x))
  private func chain() throws -> Graph {
    var builder = GraphBuilder(Graph(name: "Chain"))
    let x = builder.input("x", TensorType(.f32, [.batch, 4]))
    let first = try builder.append(ReLU(), [x], name: "first")[0]
    builder.output("y", try builder.append(Exp(), [first], name: "second")[0])
    return builder.graph
  }

  private func check(_ expected: [String], _ corrupt: (inout Graph) -> Void) throws {
    var graph = try chain()
    corrupt(&graph)
    #expect(verify(graph).map(\.message) == expected)
  }

  @Test func soundGraph() throws { try check([]) { _ in } }

  @Test func valuesOfOtherGraphs() throws {
    try check(["(V1) operand 0, %?9, is no value of this graph\n  in: %2 = exp(%?9) -> f32[N, 4] \"second\""]) {
      $0.nodes[1].operands = [ValueID(9)]
    }
    try check(["(V1) output 'y' is %?-1, which nothing defines"]) { $0.outputs[0].value = ValueID(-1) }
    try check(
      [
        "(V1) a result, %2, is no value of this graph\n  in: %2 = exp(%1) -> ? \"second\"",
        "(V2) output 'y' is %?2, which nothing defines",
      ]
    ) { $0.nodes[1].results = [ValueID(9)] }
  }

  @Test func definitions() throws {
    try check(
      [
        "(V2) a result, %1, is defined a second time\n  in: %1 = exp(%1) -> f32[N, 4] \"second\"",
        "(V2) output 'y' is %?2, which nothing defines",
      ]
    ) { $0.nodes[1].results = $0.nodes[0].results }
  }

  @Test func order() throws {
    try check(["(V3) operand 0, %2, is not defined before its use\n  in: %1 = exp(%2) -> f32[N, 4] \"second\""]) {
      $0.nodes.swapAt(0, 1)
    }
  }

  @Test func types() throws {
    try check(
      [
        "(V4) expected results f32[N, 4], found f32[N, 4], f32[N, 5]\n"
          + "  in: %2, %3 = exp(%1) -> f32[N, 4], f32[N, 5] \"second\""
      ]
    ) { $0.nodes[1].results.append($0.makeValue(TensorType(.f32, [.batch, 5]))) }
    try check(
      [
        "(V4) globalAveragePool needs an input of rank 4, [N, C, H, W]; got f32[N, 4] (C1)\n"
          + "  in: %2 = globalAveragePool(%1) -> f32[N, 4] \"second\""
      ]
    ) { $0.nodes[1].op = GlobalAveragePool() }
  }

  @Test func sizes() throws {
    try check(["(V5) input 'huge', %1: a dimension is at most 2^28; got f32[N, 268435457]"]) {
      $0.inputs.append(.init(name: "huge", value: $0.makeValue(TensorType(.f32, [.batch, .fixed(1 << 28 + 1)]))))
    }
    try check(["(V5) parameter @w has a shape that depends on the batch"]) {
      $0.parameters.append(
        Parameter(name: "w", value: $0.makeValue(TensorType(.f32, [.batch, 4])), initializer: .zeros))
    }
  }

  @Test func names() throws {
    try check(["(V6) the graph has no output"]) { $0.outputs = [] }
    try check(["(V6) two outputs are named 'y'"]) { $0.outputs.append($0.outputs[0]) }
    try check(["(V6) an output has an empty name"]) { $0.outputs[0].name = "" }
  }

  @Test func updates() throws {
    func check(_ expected: [String], _ corrupt: (inout Graph) -> Void) throws {
      var builder = GraphBuilder(try chain())
      let type = TensorType(.f32, [4])
      let parameters = ["a", "b"].map { builder.parameter($0, type, .zeros) }
      let new = try builder.append(ReLU(), [parameters[0]])[0]
      var graph = builder.graph
      graph.updates = parameters.map { Graph.Update(parameter: $0, value: new) }
      corrupt(&graph)
      #expect(verify(graph).map(\.message) == expected)
    }
    try check([]) { _ in }
    try check(["(V7) %0 is updated, but is no parameter"]) { $0.updates[0].parameter = $0.inputs[0].value }
    try check(["(V7) @b is updated twice"]) { $0.updates[0].parameter = $0.updates[1].parameter }
    try check(["(V1) @a is updated to %?99, which nothing defines"]) { $0.updates[0].value = ValueID(99) }
    try check(["(V7) @b is f32[4], but is updated to %0, which is f32[N, 4]"]) {
      $0.updates[1].value = $0.inputs[0].value
    }
  }

  @Test func allErrorsAtOnce() throws {
    var graph = try chain()
    graph.nodes[0].operands = [ValueID(9)]
    graph.nodes[1].operands = [ValueID(9)]
    graph.outputs.append(.init(name: "z", value: ValueID(9)))
    #expect(verify(graph).count == 3)
  }

  @Test func indexFindsDefinitionsAndUses() throws {
    let graph = try chain()
    let index = GraphIndex(graph)
    let (x, first, second) = (graph.inputs[0].value, graph.nodes[0].results[0], graph.nodes[1].results[0])
    #expect(index.definition(of: x) == .input(0))
    #expect(index.producer(of: x) == nil)
    #expect(index.producer(of: second) == 1)
    #expect(index.uses(of: first) == [.init(node: 1, operand: 0)])
    #expect(!index.isKept(first) && index.isKept(second))
    #expect(index.lastUse(of: first) == 1)
    #expect(index.lastUse(of: second) == nil)
  }

  @Test func constantNodesDependOnParametersOnly() throws {
    var builder = GraphBuilder(Graph(name: "Constants"))
    let x = builder.input("x", TensorType(.f32, [.batch, 4]))
    let weight = builder.parameter("w", TensorType(.f32, [2, 4]), .zeros)
    let folded = try builder.append(ReLU(), [weight])[0]
    let twice = try builder.append(ReLU(), [folded])[0]
    builder.output("y", try builder.append(Linear(hasBias: false), [x, twice])[0])
    #expect(builder.graph.constantNodeIndices == [0, 1])
    var training = builder.graph
    training.updates = [.init(parameter: weight, value: twice)]
    #expect(training.constantNodeIndices == [])
    let index = GraphIndex(training)
    #expect(index.isKept(twice) && index.lastUse(of: twice) == nil)
  }
}
