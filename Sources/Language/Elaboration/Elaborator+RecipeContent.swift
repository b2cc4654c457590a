import Diagnostics
import GraphIR

/// A recipe's entries after their evaluation: each value is of its kind and in its bounds.
struct RecipeContent {
  var numbers: [RecipeKey: Value] = [:]
  var calls: [RecipeKey: [EvaluatedCall]] = [:]
  var texts: [String] = []
}

struct EvaluatedCall {
  var call: RecipeCall
  var range: SourceRange
  var values: [String: Value] = [:]
  var ranges: [String: SourceRange] = [:]

  func number(_ name: String, default defaultValue: Double = 0) -> Double {
    values[name]?.number ?? defaultValue
  }

  func int(_ name: String) -> Int { values[name]?.int ?? 0 }

  func flag(_ name: String) -> Bool { if case .bool(true)? = values[name] { true } else { false } }
}

extension Value {
  /// The numbers of a number or a list.
  var numbers: [Double] {
    if case .list(let elements) = self { elements.compactMap(\.number) } else { number.map { [$0] } ?? [] }
  }

  var int: Int? { if case .int(let value) = self { value } else { nil } }
}

extension Elaborator {
  /// The recipe; nil, after a report, where parts are missing or do not fit each other.
  mutating func makeRecipe(_ name: Name, _ content: RecipeContent) -> Recipe? {
    guard let duration = duration(name, content) else { return nil }
    for key in RecipeKey.required where content.numbers[key] == nil && content.calls[key] == nil {
      report(.incompleteRecipe(name.text, missing: "'\(key.rawValue)'", at: name.range))
      return nil
    }
    guard let schedule = schedule(content), let augmentation = augmentation(content) else { return nil }
    var recipe = Recipe(
      name: name.text, duration: duration, batch: content.numbers[.batch]?.int ?? 1, optimizer: optimizer(content),
      schedule: schedule)
    recipe.augmentation = augmentation
    if let call = content.calls[.warmUp]?.first {
      guard let warmUp = warmUp(call, before: schedule) else { return nil }
      recipe.warmUp = warmUp
    }
    if let loss = content.calls[.loss]?.first {
      recipe.smoothing = loss.number("smoothing")
      recipe.auxiliaryWeights = loss.values["auxiliary"]?.numbers ?? []
    }
    recipe.seed = UInt64(content.numbers[.seed]?.int ?? 0)
    recipe.validationCount = content.numbers[.validation]?.int ?? 0
    recipe.frozenScopes = content.texts
    return recipe
  }

  private mutating func duration(_ name: Name, _ content: RecipeContent) -> Recipe.Length? {
    switch (content.numbers[.epochs]?.number, content.numbers[.iterations]?.int) {
    case (let epochs?, nil): return .epochs(epochs)
    case (nil, let iterations?): return .iterations(iterations)
    case (nil, nil): report(.incompleteRecipe(name.text, missing: "'epochs' or 'iterations'", at: name.range))
    case (_?, _?): report(.twoLengths(name.text, at: name.range))
    }
    return nil
  }

  private func optimizer(_ content: RecipeContent) -> Recipe.Optimizer {
    guard let call = content.calls[.optimizer]?.first else { return .init() }
    return .init(
      momentum: call.number("momentum"), nesterov: call.flag("nesterov"), weightDecay: call.number("weightDecay"),
      decay: call.flag("decayFiltersOnly") ? .filters : .all)
  }

  private mutating func schedule(_ content: RecipeContent) -> Recipe.Schedule? {
    guard let call = content.calls[.schedule]?.first else { return nil }
    let rate = call.number("rate")
    switch call.call.name {
    case RecipeCall.cosine.name: return .cosine(rate: rate, end: call.number("end"))
    case RecipeCall.oneCycle.name:
      return .oneCycle(
        rate: rate, rise: call.number("rise", default: 0.3),
        startDivisor: call.number("startDivisor", default: 25), endDivisor: call.number("endDivisor", default: 1e4))
    case RecipeCall.steps.name:
      guard let places = lengths(call) else { return nil }
      return .steps(rate: rate, places: places, factor: call.number("factor", default: 0.1))
    default: return .constant(rate: rate)
    }
  }

  private mutating func warmUp(_ call: EvaluatedCall, before schedule: Recipe.Schedule) -> Recipe.WarmUp? {
    if case .oneCycle = schedule {
      report(.twoWarmUps(at: call.range))
      return nil
    }
    guard let length = lengths(call)?.first else { return nil }
    let shape: Recipe.WarmUp.Shape = call.call.name == RecipeCall.linearWarmUp.name ? .linear : .constant
    return .init(shape: shape, rate: call.number("rate"), length: length)
  }

  /// What `epochs:` or `iterations:` give, ascending; nil, after a report, unless it is one of them.
  private mutating func lengths(_ call: EvaluatedCall) -> [Recipe.Length]? {
    let epochs = call.values["epochs"]?.numbers.map(Recipe.Length.epochs)
    let iterations = call.values["iterations"]?.numbers.map { Recipe.Length.iterations(Int($0)) }
    guard let given = epochs ?? iterations, epochs == nil || iterations == nil else {
      report(.recipeUnit(call.call, at: call.range))
      return nil
    }
    let name = epochs == nil ? "iterations" : "epochs"
    let places = call.values[name]?.numbers ?? []
    guard !places.isEmpty, zip(places, places.dropFirst()).allSatisfy(<) else {
      report(.placesDoNotAscend(at: call.ranges[name] ?? call.range))
      return nil
    }
    return given
  }

  private mutating func augmentation(_ content: RecipeContent) -> Recipe.Augmentation? {
    var augmentation = Recipe.Augmentation()
    var seen: Set<String> = []
    for call in content.calls[.augmentation] ?? [] {
      let name = call.call.name
      guard seen.insert(name).inserted else {
        report(.augmentationTwice(name, at: call.range))
        return nil
      }
      switch name {
      case RecipeCall.mirror.name: augmentation.mirror = true
      case RecipeCall.colour.name: augmentation.colour = call.number("deviation")
      default:
        guard augmentation.crop == nil else {
          report(.twoCrops(at: call.range))
          return nil
        }
        guard name == RecipeCall.scaleAndCrop.name else {
          augmentation.crop = .padded(call.int("padding"))
          continue
        }
        guard call.int("from") <= call.int("to") else {
          report(.scaleRange(at: call.range))
          return nil
        }
        augmentation.crop = .scaled(call.int("from")...call.int("to"))
      }
    }
    return augmentation
  }
}
