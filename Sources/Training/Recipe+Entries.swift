import GraphIR

extension Recipe {
  /// The recipe entry by entry, as a network file has them.
  package var entries: [TrainingIdentity.Field] {
    var entries = [
      duration.entry, .init("batch", "\(batch)"), .init("seed", "\(seed)"), .init("optimizer", optimizer.text),
      .init("schedule", schedule.text),
    ]
    if let warmUp { entries.append(.init("warmUp", warmUp.text)) }
    entries.append(.init("loss", loss))
    entries.append(.init("augmentation", augmentation.text))
    if validationCount > 0 { entries.append(.init("validation", "\(validationCount)")) }
    if !frozenScopes.isEmpty { entries.append(.init("frozen", "\(frozenScopes)")) }
    return entries
  }

  private var loss: String {
    auxiliaryWeights.isEmpty
      ? "crossEntropy(smoothing: \(smoothing))"
      : "crossEntropy(smoothing: \(smoothing), auxiliary: \(auxiliaryWeights))"
  }
}

extension Recipe.Length {
  fileprivate var entry: TrainingIdentity.Field {
    switch self {
    case .epochs(let count): .init("epochs", "\(count)")
    case .iterations(let count): .init("iterations", "\(count)")
    }
  }
}

/// Places of one unit as an argument: `iterations: [32000, 48000]`.
private func text(_ places: [Recipe.Length]) -> String {
  let entries = places.map(\.entry)
  return (entries.first?.name ?? "epochs") + ": [" + entries.map(\.value).joined(separator: ", ") + "]"
}

extension Recipe.Optimizer {
  fileprivate var text: String {
    "sgd(momentum: \(momentum), nesterov: \(nesterov), weightDecay: \(weightDecay), "
      + "decayFiltersOnly: \(decay == .filters))"
  }
}

extension Recipe.Schedule {
  fileprivate var text: String {
    switch self {
    case .constant(let rate): "constant(\(rate))"
    case .steps(let rate, let places, let factor):
      "steps(\(rate), \(Training.text(places)), factor: \(factor))"
    case .cosine(let rate, let end): "cosine(\(rate), end: \(end))"
    case .oneCycle(let rate, let rise, let startDivisor, let endDivisor):
      "oneCycle(\(rate), rise: \(rise), startDivisor: \(startDivisor), endDivisor: \(endDivisor))"
    }
  }
}

extension Recipe.WarmUp {
  fileprivate var text: String { "\(shape)(\(rate), \(length.entry.name): \(length.entry.value))" }
}

extension Recipe.Augmentation {
  fileprivate var text: String {
    var calls: [String] = []
    switch crop {
    case .padded(let pixels): calls.append("padAndCrop(\(pixels))")
    case .scaled(let range): calls.append("scaleAndCrop(\(range.lowerBound), \(range.upperBound))")
    case nil: break
    }
    if mirror { calls.append("mirror") }
    if colour > 0 { calls.append("colour(\(colour))") }
    return "[" + calls.joined(separator: ", ") + "]"
  }
}

extension Recipe {
  /// The same with another highest learning rate; all others change in proportion.
  package func withLearningRate(_ rate: Double) -> Recipe {
    var recipe = self
    let factor = rate / schedule.rate
    switch schedule {
    case .constant: recipe.schedule = .constant(rate: rate)
    case .steps(_, let places, let drop): recipe.schedule = .steps(rate: rate, places: places, factor: drop)
    case .cosine(_, let end): recipe.schedule = .cosine(rate: rate, end: end * factor)
    case .oneCycle(_, let rise, let startDivisor, let endDivisor):
      recipe.schedule = .oneCycle(rate: rate, rise: rise, startDivisor: startDivisor, endDivisor: endDivisor)
    }
    recipe.warmUp?.rate *= factor
    return recipe
  }
}
