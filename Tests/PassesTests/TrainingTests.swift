import GraphIR
import Ops
import Passes
import Reference
import Tensors
import TestSupport
import Testing

/// Training steps and graphs of gradients, whole.
@Suite struct TrainingTests {
  /// Convolution, batch norm, ReLU, dropout, a classifier; and an auxiliary one behind the first batch norm.
  private func network() throws -> Graph {
    var builder = GraphBuilder(Graph(name: "Tiny"))
    var x = builder.input("image", TensorType(.f32, [.batch, 2, 5, 5]))
    var heads: [ValueID] = []
    for layer in 1...2 {
      let weight = builder.parameter("conv\(layer).weight", TensorType(.f32, [2, 2, 3, 3]), .heNormal(fan: 18))
      x = try builder.append(Conv2D(padding: Padding2D(symmetric: [1, 1])), [x, weight], name: "conv\(layer)")[0]
      let statistics = ["weight", "bias", "running_mean", "running_var"].map { name in
        builder.parameter(
          "bn\(layer).\(name)", TensorType(.f32, [2]), .constant(1),
          role: name.hasPrefix("running") ? .statistic : .weight)
      }
      x = try builder.append(BatchNorm(), [x] + statistics, name: "bn\(layer)")[0]
      x = try builder.append(ReLU(), [x])[0]
      let pooled = try builder.append(GlobalAveragePool(), [x])[0]
      let dropped = try builder.append(Dropout(rate: 0.25), [pooled])[0]
      let matrix = builder.parameter("fc\(layer).weight", TensorType(.f32, [4, 2]), .uniform(bound: 1))
      heads.append(try builder.append(Linear(hasBias: false), [dropped, matrix], name: "fc\(layer)")[0])
    }
    builder.output("logits", heads[1])
    builder.output("aux", heads[0])
    return builder.graph
  }

  private func recipe(_ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    var recipe = Recipe(
      name: "test", duration: .iterations(20), batch: 6, optimizer: .init(momentum: 0.5),
      schedule: .constant(rate: 0.1))
    change(&recipe)
    return recipe
  }

  private func run(_ pipeline: Pipeline, on graph: Graph) throws -> Graph {
    try pipeline.run(graph) { pass, graph in
      #expect(verify(graph).map(\.message) == [], "after \(pass.name)")
    }.graph
  }

  // MARK: Steps

  @Test func stepsLowerTheLoss() throws {
    let graph = try run(.training(by: recipe { $0.auxiliaryWeights = [0.3] }), on: network())
    #expect(graph.inputs.map(\.name) == ["image", "labels", "seed", "learningRate"])
    #expect(graph.outputs.map(\.name) == ["loss", "logits"])
    let weights = graph.parameters.filter { $0.role == .weight }.map(\.name)
    #expect(graph.parameters.filter { $0.role == .momentum }.map(\.name) == weights.map { "\($0).momentum" })

    var tensors = GraphTensors(graph, batch: 6, seed: 1)
    var state = tensors.parameters
    for parameter in graph.parameters where parameter.role == .momentum {
      for index in state[parameter.name]?.elements.indices ?? 0..<0 { state[parameter.name]?.elements[index] = 0 }
    }
    var losses: [Double] = []
    for _ in 0..<30 {
      tensors.setInput("learningRate", to: Tensor([], [0.2]))
      let results = try ReferenceEngine().results(of: graph, inputs: tensors.inputs) { try #require(state[$0.name]) }
      #expect(Set(results.updates.keys) == Set(state.keys))
      losses.append(try #require(results.outputs["loss"]).elements[0])
      state = results.updates
    }
    #expect(try #require(losses.last) < 0.8 * losses[0], "\(losses)")
  }

  /// A step is placed where its gradient and the last use of the old weight are behind it, and no later.
  @Test func weightsAreUpdatedEarly() throws {
    let graph = try run(.training(by: recipe()), on: network())
    let index = GraphIndex(graph)
    for (position, node) in graph.nodes.enumerated() where node.op is SGD {
      let readers = index.uses(of: node.operands[0]).map(\.node).filter { $0 != position }
      let producer = try #require(index.producer(of: node.operands[1]))
      let latest = max(readers.max() ?? 0, producer)
      #expect(latest < position)
      #expect(graph.nodes[latest + 1...position].allSatisfy { $0.op is SGD })
    }
  }

  // MARK: Recomputation

  /// Everything that the backward pass reads is computed twice, convolutions too; not a bit of the step changes.
  @Test func recomputedStepsAreTheSame() throws {
    let gradients = try run(.differentiation(by: recipe()), on: network())
    let values = Set(try recomputableValues(of: gradients).map(\.value))
    let plain = try run(.updating(by: recipe()), on: gradients)
    let recomputed = try run(.updating(by: recipe(), recomputing: values), on: gradients)
    #expect(plain.nodes.count { $0.op is Conv2D } == 2)
    #expect(recomputed.nodes.count { $0.op is Conv2D } == 4)
    #expect(recomputed.nodes.count { ($0.op as? Conv2D)?.givesStatistics == true } == 2)
    #expect(!recomputed.nodes.contains { $0.op is BatchStatistics })

    let tensors = GraphTensors(plain, batch: 3, seed: 1)
    let results = try [plain, recomputed].map { graph in
      try ReferenceEngine().results(of: graph, inputs: tensors.inputs) { try #require(tensors.parameters[$0.name]) }
    }
    #expect(results[0].outputs.mapValues(\.elements) == results[1].outputs.mapValues(\.elements))
    #expect(results[0].updates.mapValues(\.elements) == results[1].updates.mapValues(\.elements))
  }

  // MARK: What a recipe chooses

  @Test func frozenScopesStayAsTheyAre() throws {
    let frozen = recipe { $0.frozenScopes = ["conv1", "bn1"] }
    let graph = try run(.training(by: frozen), on: network())
    let names = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.value, $0.name) })
    let updated = Set(graph.updates.compactMap { names[$0.parameter] })
    #expect(
      updated.isDisjoint(with: ["conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"]))
    #expect(updated.isSuperset(of: ["conv2.weight", "bn2.weight", "bn2.bias", "bn2.running_mean", "fc2.weight"]))
    let norms = graph.nodes.compactMap { $0.op as? BatchNorm }
    #expect(norms.map(\.usesBatch) == [false, true])
    // The gradient stops where nothing below is trained.
    #expect(!graph.nodes.contains { $0.op is ConvInputGradient })
    #expect(graph.nodes.count { $0.op is ConvWeightGradient } == 1)
  }

  @Test func theFirstLayersInputHasNoGradient() throws {
    let graph = try run(.training(by: recipe()), on: network())
    #expect(graph.nodes.count { $0.op is ConvInputGradient } == 1)
    #expect(graph.nodes.count { $0.op is ConvWeightGradient } == 2)
  }

  @Test(arguments: [
    (Recipe.Optimizer.Decay.all, ["bn.weight", "bn.bias", "conv.weight", "fc.bias", "fc.weight"]),
    (.filters, ["conv.weight", "fc.weight"]),
  ])
  func decayOfSome(decay: Recipe.Optimizer.Decay, expected: [String]) throws {
    var builder = GraphBuilder(Graph(name: "Decay"))
    var x = builder.input("x", TensorType(.f32, [.batch, 2, 3, 3]))
    func parameter(_ name: String, _ shape: Shape, role: Parameter.Role = .weight) -> ValueID {
      builder.parameter(name, TensorType(.f32, shape), .zeros, role: role)
    }
    x = try builder.append(Conv2D(), [x, parameter("conv.weight", [2, 2, 1, 1])])[0]
    let statistics = ["mean", "var"].map { parameter("bn.\($0)", [2], role: .statistic) }
    x = try builder.append(BatchNorm(), [x, parameter("bn.weight", [2]), parameter("bn.bias", [2])] + statistics)[0]
    x = try builder.append(PReLU(), [x, parameter("prelu.weight", [2])])[0]
    x = try builder.append(GlobalAveragePool(), [x])[0]
    x = try builder.append(Linear(), [x, parameter("fc.weight", [3, 2]), parameter("fc.bias", [3])])[0]
    builder.output("logits", x)
    let training = recipe {
      $0.optimizer = Recipe.Optimizer(momentum: 0.9, nesterov: true, weightDecay: 0.25, decay: decay)
    }
    let graph = try run(.training(by: training), on: builder.graph)
    let steps = graph.nodes.compactMap { node in (node.op as? SGD).map { (name: node.name, op: $0) } }
    #expect(steps.count == 6)
    #expect(steps.allSatisfy { $0.op.nesterov && $0.op.momentum == 0.9 && [0, 0.25].contains($0.op.decay) })
    #expect(Set(steps.filter { $0.op.decay > 0 }.map(\.name)) == Set(expected))
  }

  @Test func smoothingAndAuxiliaryWeights() throws {
    let graph = try run(
      .training(by: recipe { ($0.smoothing, $0.auxiliaryWeights) = (0.1, [0.3]) }), on: network())
    let losses = graph.nodes.compactMap { $0.op as? SoftmaxCrossEntropy }
    #expect(losses.map(\.target.smoothing) == [0.1, 0.1])
    #expect(graph.nodes.contains { ($0.op as? Affine) == Affine(scale: 0.3, shift: 0) })
  }

  // MARK: Gradients

  @Test func gradientsOfAllParametersAndInputs() throws {
    let graph = try run(.gradients(auxiliaryWeights: [0.3]), on: network())
    let weights = graph.parameters.filter { $0.role == .weight }.map(\.name)
    #expect(graph.outputs.map(\.name) == ["loss", "logits"] + (weights + ["image"]).map { "gradient.\($0)" })
    #expect(graph.updates.count == 4)
    #expect(!graph.nodes.contains { $0.op is Dropout || $0.op is RandomDropout })
    try expectSlopes(of: graph, along: weights + ["image"])
  }

  /// The loss moves by the gradient times the step, along a random direction.
  private func expectSlopes(of graph: Graph, along names: [String]) throws {
    let tensors = GraphTensors(graph, batch: 5, seed: 2)
    let gradients = try evaluate(graph, tensors.inputs, tensors.parameters)
    for name in names {
      var generator = SeededGenerator(seed: 4)
      let gradient = try #require(gradients["gradient.\(name)"])
      let direction = gradient.elements.map { _ in generator.uniform() }
      let step = 1e-6
      let losses = try [step, -step].map { step in
        var (inputs, parameters) = (tensors.inputs, tensors.parameters)
        for index in direction.indices {
          inputs[name]?.elements[index] += step * direction[index]
          parameters[name]?.elements[index] += step * direction[index]
        }
        return try #require(try evaluate(graph, inputs, parameters)["loss"]).elements[0]
      }
      let slope = zip(gradient.elements, direction).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(slope != 0)
      #expect(abs((losses[0] - losses[1]) / (2 * step) - slope) < 1e-8, "\(name)")
    }
  }

  private func evaluate(
    _ graph: Graph, _ inputs: [String: Tensor], _ parameters: [String: Tensor]
  ) throws -> [String: Tensor] {
    try ReferenceEngine().run(graph, inputs: inputs) { try #require(parameters[$0.name]) }
  }

  // MARK: Refusals

  @Test(arguments: [
    ("differentiate", "there is nothing to differentiate: the graph has no output 'loss' (append-loss makes one)"),
    (
      "update-weights",
      "there is nothing to update: no output is the gradient of a parameter (differentiate makes them)"
    ),
  ])
  func passesSayWhatIsMissing(pass: String, message: String) throws {
    let pipeline = try Pipeline(names: [pass])
    #expect(throws: OpError(message)) { try pipeline.run(network()) }
  }

  @Test func faultyNetworksAreRefused() throws {
    func check(_ message: String, _ recipe: Recipe, _ change: (inout Graph) -> Void) throws {
      var graph = try network()
      change(&graph)
      #expect(throws: OpError(message)) { try Pipeline.training(by: recipe).run(graph) }
    }
    try check("the network has an input 'labels', which is the name of one that training adds; rename it", recipe()) {
      $0.inputs[0].name = "labels"
    }
    try check("the output 'loss' is to be a number, f32[]; it is f32[N, 4]", recipe()) { $0.outputs[0].name = "loss" }
    try check(
      "there are 2 weights of auxiliary losses, but 1 outputs after the first",
      recipe { $0.auxiliaryWeights = [0.3, 0.3] }
    ) { _ in }
    #expect(throws: OpError.self) {
      var graph = try network()
      graph.outputs[0].value = graph.inputs[0].value
      return try Pipeline.training(by: recipe()).run(graph)
    }
  }
}
