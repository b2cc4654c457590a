import GraphIR
import Ops
import Tensors

/// Every parameter that has a gradient among the outputs takes a step of gradient descent: it and its momentum, a new
/// parameter, are updated, by a learning rate that is a new input. The gradient is no output any more.
///
/// A step is placed right behind the last node that reads the old weight and the one that makes the gradient, so that
/// few gradients are in memory at a time. A graph whose weights are updated stays as it is.
func updateWeights(_ graph: Graph, by optimizer: Recipe.Optimizer = .init(momentum: 0.9)) throws(OpError) -> Graph {
  if graph.inputs.contains(where: { $0.name == TrainingName.learningRate }) { return graph }
  let outputs = Dictionary(graph.outputs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  let trained = graph.parameters.compactMap { parameter in
    outputs[TrainingName.gradient(of: parameter.name)].map { (parameter: parameter, gradient: $0) }
  }
  guard !trained.isEmpty else {
    throw OpError("there is nothing to update: no output is the gradient of a parameter (differentiate makes them)")
  }
  let index = GraphIndex(graph)
  let decaying = optimizer.decaying(trained.map(\.parameter), in: graph, index)
  var builder = GraphBuilder(graph)
  let learningRate = try builder.freshInput(TrainingName.learningRate, TensorType(.f32, []))
  var steps: [Int: [Node]] = [:]
  for (parameter, gradient) in trained {
    let momentum = builder.parameter(
      TrainingName.momentum(of: parameter.name), graph.type(of: parameter.value), .zeros, role: .momentum)
    let decay = decaying.contains(parameter.value) ? optimizer.weightDecay : 0
    let sgd = SGD(momentum: optimizer.momentum, decay: decay, nesterov: optimizer.nesterov)
    let results = try builder.append(
      sgd, [parameter.value, gradient, momentum, learningRate], name: parameter.name)
    builder.update(parameter.value, to: results[0])
    builder.update(momentum, to: results[1])
    let reader = index.uses(of: parameter.value).last?.node ?? -1
    steps[max(reader, index.producer(of: gradient) ?? -1), default: []] += builder.graph.nodes.suffix(1)
  }
  var result = builder.graph
  result.nodes = (steps[-1] ?? []) + graph.nodes.enumerated().flatMap { [$1] + (steps[$0] ?? []) }
  let gradients = Set(trained.map { TrainingName.gradient(of: $0.parameter.name) })
  result.outputs.removeAll { gradients.contains($0.name) }
  return result
}

extension Recipe.Optimizer {
  /// Those of the parameters that decay.
  fileprivate func decaying(_ parameters: [Parameter], in graph: Graph, _ index: GraphIndex) -> Set<ValueID> {
    Set(
      parameters.map(\.value).filter { value in
        let uses = index.uses(of: value).map { (op: graph.nodes[$0.node].op, operand: $0.operand) }
        return switch decay {
        case .all: !uses.contains { $0.op is PReLU }
        case .filters:
          uses.contains { $0.op is Conv2D && $0.operand == Conv2D.weightIndex || $0.op is Linear && $0.operand == 1 }
        }
      })
  }
}
