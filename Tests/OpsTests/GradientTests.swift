import GraphIR
import Ops
import Reference
import Tensors
import TestSupport
import Testing

/// Gradients against differences: for f = sum(result * cotangent), the gradient of each operand must be what f changes
/// by when elements of it change.
struct GradientTests {
  /// Ops that are not differentiated, and why.
  static let withoutGradient: [String: String] = {
    let backward: [any Op.Type] = [
      AdaptiveAveragePoolGradient.self, AdaptiveMaxPoolGradient.self, AveragePoolGradient.self, BatchNormGradient.self,
      ChannelSum.self, ClipGradient.self, ConvInputGradient.self, ConvWeightGradient.self,
      GlobalAveragePoolGradient.self, LinearInputGradient.self, LinearWeightGradient.self, MaxPoolGradient.self,
      PReLUGradient.self, ReLUGradient.self, Slice.self, SoftmaxCrossEntropyGradient.self, SoftmaxGradient.self,
      Spread.self, Unflatten.self,
    ]
    var reasons = Dictionary(uniqueKeysWithValues: backward.map { ($0.mnemonic, "it is part of a gradient itself") })
    for op in [RunningAverage.self, SGD.self] as [any Op.Type] { reasons[op.mnemonic] = "it follows the gradients" }
    for op in [FilterScaling.self, FoldedBias.self] as [any Op.Type] {
      reasons[op.mnemonic] = "it is made after differentiation"
    }
    reasons[Fill.mnemonic] = "it has no operands"
    reasons[BatchStatistics.mnemonic] = "the batch norm that uses it accounts for it"
    return reasons
  }()

  static let problems = OpSamples.all.filter { problem in
    guard withoutGradient[problem.mnemonic] == nil else { return false }
    let conv = try? problem.graph().nodes[0].op as? Conv2D
    return conv.map { !$0.hasResidual && $0.endsInSum } ?? true
  }

  @Test func everyOpHasAGradientOrAReason() {
    let differentiated = Set(Self.problems.map(\.mnemonic))
    #expect(differentiated.isDisjoint(with: Self.withoutGradient.keys))
    #expect(differentiated.union(Self.withoutGradient.keys) == Set(OpRegistry.entries.map { $0.op.mnemonic }))
  }

  @Test(arguments: problems)
  func gradientIsTheSlope(problem: OpProblem) throws {
    try check(try problem.graph(), batch: problem.batch, of: problem.description)
  }

  /// Statistics of the batch depend on the input, and the gradient of the batch norm counts that in.
  @Test(arguments: [[3, 17, 5, 6], [7, 10], [2, 1, 1, 2]])
  func batchNormByTheBatch(extents: [Int]) throws {
    var builder = GraphBuilder(Graph(name: "batch"))
    let x = builder.input("x", TensorType(.f32, Shape([.batch] + extents.dropFirst().map(Dimension.fixed))))
    let statistics = try builder.append(BatchStatistics(), [x])
    let parameters = ["weight", "bias"].map {
      builder.parameter($0, TensorType(.f32, [.fixed(extents[1])]), .zeros)
    }
    let operands = [x] + parameters + statistics.prefix(2)
    builder.output("result", try builder.append(BatchNorm(usesBatch: true), operands)[0])
    try check(builder.graph, batch: extents[0], of: "\(extents)")
  }

  @Test(arguments: [Conv2D(hasResidual: true), Conv2D(activation: .relu), Conv2D(givesStatistics: true)])
  func fusedConvolutionsSayThatTheyHaveNone(conv: Conv2D) throws {
    var builder = GraphBuilder(Graph(name: "fused"))
    let x = builder.input("x", TensorType(.f32, [.batch, 1, 2, 2]))
    let weight = builder.parameter("weight", TensorType(.f32, [1, 1, 1, 1]), .zeros)
    let y = try builder.append(conv, [x, weight] + (conv.hasResidual ? [x] : []))[0]
    let node = builder.graph.nodes[0]
    let message =
      "a conv with a residual, an activation or statistics fused in has no gradient: differentiate before fusing"
    #expect(throws: OpError(message)) { try conv.gradient(of: node, dy: y, in: &builder) }
  }

  @Test func opsWithoutAGradientSaySo() throws {
    var builder = GraphBuilder(Graph(name: "gradient"))
    let x = builder.input("x", TensorType(.f32, [.batch, 2]))
    let node = Node(op: ChannelSum(), operands: [x], results: [x], name: "sum")
    #expect(throws: OpError("'channelSum' has no gradient")) {
      try ChannelSum().gradient(of: node, dy: x, in: &builder)
    }
  }
}

// MARK: - Slopes

extension GradientTests {
  /// Checks the gradients of the graph's last node, whose result is its one output.
  private func check(_ forward: Graph, batch: Int, of what: String) throws {
    var builder = GraphBuilder(forward)
    let node = try #require(forward.nodes.last)
    let dy = builder.input("cotangent", forward.type(of: node.results[0]))
    let gradients = try node.op.gradient(of: node, dy: dy, in: &builder)
    #expect(gradients.count == node.operands.count)
    var names = Dictionary(uniqueKeysWithValues: forward.inputs.map { ($0.value, $0.name) })
    for parameter in forward.parameters { names[parameter.value] = parameter.name }
    // An operand that is used twice has two gradients, and moves twice.
    for (position, gradient) in gradients.enumerated() {
      if let gradient { builder.output("\(position)", gradient) }
    }
    let graph = builder.graph
    #expect(verify(graph) == [])

    let tensors = GraphTensors(graph, batch: batch, seed: 11)
    let outputs = try evaluate(graph, tensors.inputs, tensors.parameters)
    for name in Set(node.operands.compactMap { names[$0] }).sorted() {
      let positions = node.operands.indices.filter { names[node.operands[$0]] == name && gradients[$0] != nil }
      guard let first = positions.first else { continue }
      var gradient = try #require(outputs["\(first)"])
      for position in positions.dropFirst() {
        let other = try #require(outputs["\(position)"])
        for index in other.elements.indices { gradient.elements[index] += other.elements[index] }
      }
      // A single class has probability 1, whatever its logit.
      let isConstant = ["softmax n2 c1"].contains(what)
      #expect(gradient.elements.contains { $0 != 0 } != isConstant, "\(name) of \(what)")
      try compare(gradient, with: Slopes(graph: graph, tensors: tensors, name: name), "\(name) of \(what)")
    }
  }

  /// Compares a gradient with slopes along some elements, and along a direction in which all of them change.
  private func compare(_ gradient: Tensor, with slopes: Slopes, _ what: String) throws {
    var generator = SeededGenerator(seed: 3)
    let count = gradient.elements.count
    var directions = [(0..<count).map { _ in generator.uniform() }]
    for _ in 0..<min(count, 4) {
      let index = Int.random(in: 0..<count, using: &generator)
      directions.append((0..<count).map { $0 == index ? 1 : 0 })
    }
    for direction in directions {
      let expected = try slopes.along(direction)
      let found = zip(gradient.elements, direction).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(found - expected) <= 1e-7 * (1 + abs(expected)), "\(what)")
    }
  }
}

/// What f = sum(result * cotangent) changes by when an input or a parameter changes.
private struct Slopes {
  let graph: Graph
  let tensors: GraphTensors
  let name: String

  private static let step = 1e-6

  func along(_ direction: [Double]) throws -> Double {
    try (value(direction, Self.step) - value(direction, -Self.step)) / (2 * Self.step)
  }

  private func value(_ direction: [Double], _ step: Double) throws -> Double {
    var (inputs, parameters) = (tensors.inputs, tensors.parameters)
    for (index, slope) in direction.enumerated() {
      inputs[name]?.elements[index] += slope * step
      parameters[name]?.elements[index] += slope * step
    }
    let result = try #require(try evaluate(graph, inputs, parameters)["result"])
    let cotangent = try #require(inputs["cotangent"])
    return zip(result.elements, cotangent.elements).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

private func evaluate(
  _ graph: Graph, _ inputs: [String: Tensor], _ parameters: [String: Tensor]
) throws -> [String: Tensor] {
  try ReferenceEngine().run(graph, inputs: inputs) { try #require(parameters[$0.name]) }
}
