import Diagnostics
import GraphIR
import OrderedCollections
import Passes
import Reference
import Tensors

/// One pass forward and backward over a batch of a network in training: for comparison with other frameworks, and the
/// least that can be said of a training step. Dropout is the identity, and no weight decays.
package struct GradientPass: Sendable {
  /// Computes the gradients of all parameters and inputs, and running statistics as updates.
  package let graph: Graph
  private let classCount: Int

  /// - Parameter network: As it is in training: its first output holds the logits, those after it auxiliary ones, which
  ///   count as the network's first recipe says.
  /// - Throws: Diagnostic where the network cannot be trained.
  package init(_ network: Network) throws {
    let auxiliaryWeights = network.recipes.first?.auxiliaryWeights ?? []
    do {
      graph = try Pipeline.gradients(auxiliaryWeights: auxiliaryWeights).run(network.graph).graph
    } catch let error as OpError {
      throw Diagnostic(.error, "'\(network.graph.name)' cannot be trained: \(error.message)", at: nil)
    }
    classCount =
      network.graph.outputs.first.flatMap {
        network.graph.type(of: $0.value).shape.dimensions.last?.fixedExtent
      } ?? 0
  }

  /// The inputs that images are given to, in order.
  package var imageInputs: [Graph.Input] { graph.inputs.filter { $0.name != TrainingName.labels } }

  // MARK: What is given

  /// Throws where a label is no class.
  package func check(labels: [Int32]) throws(GradientInputError) {
    for (position, label) in labels.enumerated() where !(0..<classCount).contains(Int(label)) {
      throw GradientInputError(
        "the label at position \(position) is \(label); the network has \(classCount) classes, 0 to \(classCount - 1)")
    }
  }

  // MARK: Results

  /// What the reference engine computes, in f64.
  /// - Parameters:
  ///   - images: For each of `imageInputs`, of their types, the same number of images each.
  ///   - labels: A class for each image.
  package func evaluate(
    weights: Weights, images: [Tensor], labels: [Int32]
  ) throws -> OrderedDictionary<String, Tensor> {
    var inputs = Dictionary(uniqueKeysWithValues: zip(imageInputs.map(\.name), images))
    inputs[TrainingName.labels] = Tensor([labels.count], labels.map(Double.init))
    let results = try ReferenceEngine().results(of: graph, inputs: inputs) { weights.tensor(of: $0, in: graph) }
    return named(outputs: graph.outputs.compactMap { results.outputs[$0.name] }, updates: results.updates)
  }

  /// Results by the names that they are written under: `loss`, `logits`; the gradient of a parameter under the
  /// parameter's name, of the only input under `input`, of one of several under its own; what a running statistic
  /// becomes under the statistic's name.
  func named<Result>(outputs: [Result], updates: [String: Result]) -> OrderedDictionary<String, Result> {
    var names = Dictionary(
      uniqueKeysWithValues: graph.parameters.map { (TrainingName.gradient(of: $0.name), $0.name) })
    for input in imageInputs {
      names[TrainingName.gradient(of: input.name)] = imageInputs.count == 1 ? "input" : input.name
    }
    var results: OrderedDictionary<String, Result> = [:]
    for (position, (output, result)) in zip(graph.outputs, outputs).enumerated() {
      let name = position == 1 ? "logits" : names[output.name] ?? output.name
      results[name] = result
    }
    for parameter in graph.parameters { results[parameter.name] = updates[parameter.name] ?? results[parameter.name] }
    return results
  }
}

/// What is wrong with what a pass is given.
package struct GradientInputError: Error, Hashable, Sendable, CustomStringConvertible {
  package var description: String

  init(_ description: String) { self.description = description }
}
