import GraphIR
import Ops
import Tensors

/// The names of what training adds to a network's interface.
package enum TrainingName {
  package static let labels = "labels"
  package static let seed = "seed"
  package static let learningRate = "learningRate"
  package static let loss = "loss"

  /// The output that is the gradient of a parameter or an input.
  package static func gradient(of name: String) -> String { "gradient.\(name)" }

  /// The parameter that is the momentum of another.
  package static func momentum(of name: String) -> String { "\(name).momentum" }
}

/// Appends the loss: the cross-entropy of the first output and the labels, a new input, and that of each output after
/// it times its weight. The outputs are then the loss and the first one. A graph that has a loss stays as it is.
func appendLoss(
  _ graph: Graph, smoothing: Double = 0, auxiliaryWeights: [Double] = []
) throws(OpError) -> Graph {
  if try graph.loss() != nil { return graph }
  guard let logits = graph.outputs.first else { throw OpError("a graph without an output has no loss") }
  guard auxiliaryWeights.count < graph.outputs.count else {
    throw OpError(
      "there are \(auxiliaryWeights.count) weights of auxiliary losses, but \(graph.outputs.count - 1) outputs after "
        + "the first")
  }
  var builder = GraphBuilder(graph)
  let type = TensorType(.i32, Shape(Array(graph.type(of: logits.value).shape.dimensions.prefix(1))))
  let labels = try builder.freshInput(TrainingName.labels, type)
  let crossEntropy = SoftmaxCrossEntropy(smoothing: smoothing)
  var loss = try builder.append(crossEntropy, [logits.value, labels], name: TrainingName.loss)[0]
  for (output, weight) in zip(graph.outputs.dropFirst(), auxiliaryWeights) {
    let auxiliary = try builder.append(crossEntropy, [output.value, labels], name: "loss.\(output.name)")[0]
    let weighted = try builder.append(Affine(scale: weight, shift: 0), [auxiliary], name: TrainingName.loss)[0]
    loss = try builder.append(Add(), [loss, weighted], name: TrainingName.loss)[0]
  }
  var result = builder.graph
  result.outputs = [Graph.Output(name: TrainingName.loss, value: loss), logits]
  return result
}

extension Graph {
  /// The output `loss`. Throws where it is no number.
  func loss() throws(OpError) -> ValueID? {
    guard let loss = outputs.first(where: { $0.name == TrainingName.loss }) else { return nil }
    guard type(of: loss.value) == TensorType(.f32, []) else {
      throw OpError("the output 'loss' is to be a number, f32[]; it is \(type(of: loss.value))")
    }
    return loss.value
  }
}

extension GraphBuilder {
  /// An input that training adds. Throws where the network has one of this name.
  mutating func freshInput(_ name: String, _ type: TensorType) throws(OpError) -> ValueID {
    guard !graph.inputs.contains(where: { $0.name == name }) else {
      throw OpError("the network has an input '\(name)', which is the name of one that training adds; rename it")
    }
    return input(name, type)
  }
}
