import GraphIR

extension Pipeline {
  /// What makes a network's training step of it, by a recipe that trains everything.
  package static let training = training(
    by: Recipe(
      name: "plain", duration: .iterations(1), batch: 1, optimizer: .init(momentum: 0.9), schedule: .constant(rate: 0.1)
    ))

  /// What makes a training step of a network that was elaborated for training: its first outputs are logits, those of
  /// the network, then those of auxiliary heads.
  /// - Parameter values: What the backward pass recomputes, of `recomputableValues` of what `differentiation` makes.
  package static func training(by recipe: Recipe, recomputing values: Set<ValueID> = []) -> Pipeline {
    Pipeline(differentiation(by: recipe).passes + updating(by: recipe, recomputing: values).passes)
  }

  /// The first part of `training`: to the gradients of what is trained.
  package static func differentiation(by recipe: Recipe) -> Pipeline {
    Pipeline(
      [
        appendLossPass(smoothing: recipe.smoothing, auxiliaryWeights: recipe.auxiliaryWeights),
        Pass("use-random-dropout", "Lets dropouts drop elements, by a seed.") { (graph) throws(OpError) in
          try useRandomDropout(graph)
        },
        useBatchStatisticsPass(isFrozen: recipe.freezes),
      ] + simplification + [differentiatePass(isTrained: { !recipe.freezes($0) })] + cleaning)
  }

  /// The second part of `training`: what the gradients are for.
  package static func updating(by recipe: Recipe, recomputing values: Set<ValueID> = []) -> Pipeline {
    let recomputation = Pass(recomputeSweepsPass.name, "Computes what would take memory anew.") {
      (graph) throws(OpError) in try recompute(graph, values)
    }
    let update = Pass("update-weights", "Steps down the gradients, with momentum.") { (graph) throws(OpError) in
      try updateWeights(graph, by: recipe.optimizer)
    }
    return Pipeline(
      (values.isEmpty ? [update] : [recomputation, update]) + [fuseBatchNormGradientPass, fuseStatisticsPass])
  }

  /// What makes of such a network one that computes the gradients of all parameters and inputs, with dropout as the
  /// identity, and its running statistics as updates. Statistics have sweeps of their own: for comparisons, their means
  /// are a little nearer to the truth, merged of fewer parts in f32.
  package static func gradients(auxiliaryWeights: [Double] = []) -> Pipeline {
    Pipeline(
      [
        appendLossPass(smoothing: 0, auxiliaryWeights: auxiliaryWeights),
        useBatchStatisticsPass(isFrozen: { _ in false }),
      ] + simplification + [differentiatePass(isTrained: { _ in true }, ofInputs: true)] + cleaning
        + [fuseBatchNormGradientPass])
  }

  /// What a network goes through that is evaluated while it is trained: its batch norms cannot be folded.
  package static let evaluation = Pipeline(simplification + cleaning)

  /// The passes of inference that a graph that will be differentiated takes.
  private static let simplification = inference.passes.filter { pass in
    ["eliminate-identities", "fold-constants", "fold-padding", "eliminate-common-subexpressions"].contains(pass.name)
  }

  /// Gradients that several ops compute, such as a slice of the same, are computed once.
  private static let cleaning = inference.passes.filter { pass in
    ["eliminate-common-subexpressions", "eliminate-dead-nodes"].contains(pass.name)
  }

  private static let fuseBatchNormGradientPass = Pass(
    "fuse-batch-norm-gradient", "Masks and adds gradients while those of a batch norm are summed.",
    fuseBatchNormGradient)

  private static let fuseStatisticsPass = Pass(
    "fuse-statistics", "Gathers statistics while a convolution writes its result.", fuseStatistics)

  private static func appendLossPass(smoothing: Double, auxiliaryWeights: [Double]) -> Pass {
    Pass("append-loss", "Appends the cross-entropy of the outputs and the labels.") { (graph) throws(OpError) in
      try appendLoss(graph, smoothing: smoothing, auxiliaryWeights: auxiliaryWeights)
    }
  }

  private static func useBatchStatisticsPass(isFrozen: @escaping @Sendable (String) -> Bool) -> Pass {
    Pass("use-batch-statistics", "Normalises by the batch, and keeps running statistics.") { (graph) throws(OpError) in
      try useBatchStatistics(graph, isFrozen: isFrozen)
    }
  }

  private static func differentiatePass(
    isTrained: @escaping @Sendable (String) -> Bool, ofInputs: Bool = false
  ) -> Pass {
    Pass("differentiate", "Appends the gradients of the loss.") { (graph) throws(OpError) in
      try differentiate(graph, isTrained: isTrained, ofInputs: ofInputs)
    }
  }

  /// What training recomputes depends on a budget; by itself the pass does what costs no multiply-adds.
  private static let recomputeSweepsPass = Pass(
    "recompute", "Lets the backward pass compute sweeps anew, which need no memory then.", recomputeSweeps)

  /// Every pass that there is, by inference and training in their orders.
  package static let known: [Pass] = {
    var names: Set<String> = []
    return (inference.passes + training.passes + [recomputeSweepsPass]).filter { names.insert($0.name).inserted }
  }()
}
