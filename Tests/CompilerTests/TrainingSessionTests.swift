import CodeGen
import Compiler
import Diagnostics
import Formats
import GraphIR
import Language
import Ops
import Reference
import Tensors
import Testing
import Training

/// A compiled step against the same step in the reference engine: the loss, what every parameter becomes, and the
/// momentum, which after a first step without decay is the gradient.
@Suite(.serialized) struct TrainingSessionTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var file: String
    var network: String
    var settings: [String]
    var batch: Int

    var testDescription: String { ([network] + settings + ["batch \(batch)"]).joined(separator: " ") }

    func elaborate(isTraining: Bool) throws -> Network {
      let module = Module.load(path: Examples.path("networks/\(file).apus"))
      let (network, diagnostics) = module.elaborate(
        network, overrides: try settings.map { text throws(Diagnostic) in try ParameterOverride(text) },
        isTraining: isTraining)
      return try #require(network, "\(module.diagnostics + diagnostics)")
    }

    /// Fresh weights, but for the biases of batch norms: 6 in every other channel, -6 in the rest. So no ReLU has an
    /// input near zero, which the roundings of f32 and f64 may see on different sides.
    func weights() throws -> Weights {
      let graph = try elaborate(isTraining: true).graph
      let drawn = Weights(seed: 3, for: graph)
      let normalised = Set(graph.nodes.filter { $0.op is BatchNorm }.map { $0.operands[BatchNorm.biasIndex] })
      let elements = graph.parameters.map { parameter in
        let fresh = drawn[parameter]
        let biases = fresh.floats.indices.map { Float($0 % 2 == 0 ? 6 : -6) }
        return (parameter.name, normalised.contains(parameter.value) ? FloatElements(biases) : fresh)
      }
      return Weights(elements: Dictionary(uniqueKeysWithValues: elements))
    }

    func compile(_ recipe: Recipe, memoryLimit: Int? = nil) throws -> TrainingCompilation {
      try TrainingCompilation(
        training: elaborate(isTraining: true), inference: elaborate(isTraining: false), recipe: recipe, batch: batch,
        target: Target(named: "native"), memoryLimit: memoryLimit)
    }
  }

  static let examples = [
    Example(file: "cifar", network: "ResNet20", settings: ["size=16"], batch: 5),
    Example(file: "cifar", network: "Plain20", settings: ["size=13"], batch: 4),
    Example(file: "cifar", network: "FashionResNet20", settings: [], batch: 3),
    Example(file: "resnet", network: "ResNet18", settings: ["size=65", "classes=10"], batch: 3),
    Example(file: "resnet", network: "ResNet34A", settings: ["size=64", "classes=10", "blocks=[1,1,1,1]"], batch: 4),
    Example(file: "resnet", network: "ResNet34C", settings: ["size=64", "classes=10", "blocks=[1,1,1,1]"], batch: 4),
    Example(file: "resnet", network: "ResNet50", settings: ["size=64", "classes=10", "blocks=[1,2,1,1]"], batch: 4),
  ]

  static func recipe(decay: Double = 0) -> Recipe {
    var recipe = Recipe(
      name: "test", duration: .iterations(1), batch: 1, optimizer: .init(momentum: 0.9, weightDecay: decay),
      schedule: .constant(rate: 0.1))
    recipe.smoothing = 0.1
    return recipe
  }

  @Test(arguments: examples)
  func aStepAgreesWithReference(_ example: Example) throws {
    let compilation = try example.compile(Self.recipe())
    let graph = compilation.graph
    let weights = try example.weights()
    let data = TrainingData(compilation)
    let session = try TrainingSession(compilation, weights: weights, threadCount: 2)
    let outcome = try data.step(session, number: 0)

    let expected = try ReferenceEngine().results(of: graph, inputs: data.tensors(of: graph)) { parameter in
      let extents = graph.type(of: parameter.value).shape.dimensions.compactMap(\.fixedExtent)
      return parameter.role == .momentum ? Tensor(extents) : Tensor(extents, floats: weights[parameter].floats)
    }
    let loss = try #require(expected.outputs["loss"]).elements[0]
    #expect(abs(Double(outcome.loss) - loss) < 1e-5 * loss)
    // Some gradients all but vanish where others are large: what rounds there is measured by the others.
    let whole = session.state.filter { $0.role == .momentum }.compactMap { expected.updates[$0.name]?.elements }
    let least = 0.02 * norm(Array(whole.joined()))
    for tensor in session.state {
      let reference = try #require(expected.updates[tensor.name], "\(tensor.name) is not updated").elements
      let difference = zip(session.elements(of: tensor), reference).map { Double($0) - $1 }
      let error = norm(difference) / max(norm(reference), tensor.role == .momentum ? least : 0)
      #expect(error < 5e-5, "\(tensor.name)")
    }
  }

  @Test(arguments: examples.prefix(1) + examples.suffix(1))
  func bitsDoNotDependOnThreads(_ example: Example) throws {
    let compilation = try example.compile(Self.recipe(decay: 1e-4))
    let weights = try example.weights()
    let data = TrainingData(compilation)
    let states = try [1, 2, 3, 8].map { threadCount in
      let session = try TrainingSession(compilation, weights: weights, threadCount: threadCount)
      for number in 0..<5 { _ = try data.step(session, number: number) }
      return session.state.map { session.elements(of: $0) }
    }
    for state in states.dropFirst() { #expect(state == states[0]) }
    #expect(!states[0].allSatisfy { $0.allSatisfy { $0 == 0 } })
  }
}

/// Images and labels, the same every time.
struct TrainingData {
  var images: [Float]
  var labels: [Int32]

  init(_ compilation: TrainingCompilation) {
    let count = compilation.batch * compilation.imageShape.reduce(1, *)
    var state: UInt32 = 7
    images = (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / 8_388_608 - 1
    }
    labels = (0..<compilation.batch).map { Int32(($0 * 7 + 3) % compilation.classCount) }
  }

  func step(_ session: TrainingSession, number: Int) throws -> StepOutcome {
    try images.withUnsafeBufferPointer { images in
      try labels.withUnsafeBufferPointer { labels in
        try session.step(images: images, labels: labels, learningRate: 0.05, step: number)
      }
    }
  }

  func tensors(of graph: Graph) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for input in graph.inputs {
      switch input.name {
      case "labels": tensors[input.name] = Tensor([labels.count], labels.map(Double.init))
      case "learningRate": tensors[input.name] = Tensor([], [Double(Float(0.05))])
      case "seed": tensors[input.name] = Tensor([], [0])
      default:
        let extents = graph.type(of: input.value).shape.resolved(batch: labels.count)
        tensors[input.name] = Tensor(extents, floats: images)
      }
    }
    return tensors
  }
}

private func norm(_ elements: [Double]) -> Double { elements.reduce(0) { $0 + $1 * $1 }.squareRoot() }
