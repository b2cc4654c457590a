/// What a recipe can say.
enum RecipeKey: String, CaseIterable {
  /// How long training lasts, in one or the other.
  case epochs, iterations
  /// Images of one step.
  case batch
  case seed
  /// Images of the training set that are held out.
  case validation
  case loss, optimizer, schedule, warmUp, augmentation
  /// Scopes whose parameters keep their values.
  case frozen

  /// The form of a key's value.
  enum Content {
    case number(RecipeParameter)
    /// One of these calls.
    case call([RecipeCall])
    /// A list of these calls, each at most once.
    case calls([RecipeCall])
    /// A list of texts.
    case texts
  }

  var content: Content {
    switch self {
    case .epochs: .number(.init(rawValue, .float, .above(0, atMost: 1e6)))
    case .iterations: .number(.init(rawValue, .int, .from(1, to: 1e9)))
    case .batch: .number(.init(rawValue, .int, .from(1, to: 65_536)))
    case .seed, .validation: .number(.init(rawValue, .int, .from(0, to: .infinity)))
    case .loss: .call([.crossEntropy])
    case .optimizer: .call([.sgd])
    case .schedule: .call([.constantRate, .steps, .cosine, .oneCycle])
    case .warmUp: .call([.constantWarmUp, .linearWarmUp])
    case .augmentation: .calls([.padAndCrop, .scaleAndCrop, .mirror, .colour])
    case .frozen: .texts
    }
  }

  /// Keys without which nothing can be trained; of the first two one is enough.
  static let lengths: [RecipeKey] = [.epochs, .iterations]
  static let required: [RecipeKey] = [.batch, .optimizer, .schedule]
}

/// A number, a Bool or a list that a recipe takes, and the range of its numbers.
struct RecipeParameter {
  enum Bounds {
    case from(Double, to: Double)
    /// The first number itself is left out.
    case above(Double, atMost: Double)
    /// From 0 to below 1.
    case fraction
  }

  var name: String
  var kind: ValueKind
  var bounds: Bounds
  /// Given as `name: value`, and may be left out.
  var isOption = false

  init(_ name: String, _ kind: ValueKind, _ bounds: Bounds) {
    self.name = name
    self.kind = kind
    self.bounds = bounds
  }

  static func option(_ name: String, _ kind: ValueKind, _ bounds: Bounds) -> RecipeParameter {
    var parameter = RecipeParameter(name, kind, bounds)
    parameter.isOption = true
    return parameter
  }

  static func flag(_ name: String) -> RecipeParameter { option(name, .bool, .from(0, to: 1)) }
}

extension RecipeParameter.Bounds {
  func contains(_ number: Double) -> Bool {
    switch self {
    case .from(let lower, let upper): lower <= number && number <= upper
    case .above(let lower, let upper): lower < number && number <= upper
    case .fraction: 0 <= number && number < 1
    }
  }
}

/// A call that is the value of a recipe's entry, such as `steps(0.1, epochs: [30, 60])`.
struct RecipeCall {
  var name: String
  var parameters: [RecipeParameter]

  var signature: Signature {
    Signature(
      name: name,
      parameters: parameters.map {
        .init(name: $0.name, kind: .value($0.kind), isLabelled: $0.isOption, hasDefault: $0.isOption)
      })
  }
}

extension RecipeCall {
  private static let rate = RecipeParameter("rate", .float, .above(0, atMost: 1_000))

  static let crossEntropy = RecipeCall(
    name: "crossEntropy",
    parameters: [
      .option("smoothing", .float, .fraction), .option("auxiliary", .floats, .from(0, to: 1_000)),
    ])

  static let sgd = RecipeCall(
    name: "sgd",
    parameters: [
      .option("momentum", .float, .fraction), .flag("nesterov"),
      .option("weightDecay", .float, .from(0, to: 1)), .flag("decayFiltersOnly"),
    ])

  static let constantRate = RecipeCall(name: "constant", parameters: [rate])

  static let steps = RecipeCall(
    name: "steps",
    parameters: [
      rate, .option("epochs", .floats, .above(0, atMost: 1e6)), .option("iterations", .ints, .from(1, to: 1e9)),
      .option("factor", .float, .above(0, atMost: 1_000)),
    ])

  static let cosine = RecipeCall(name: "cosine", parameters: [rate, .option("end", .float, .from(0, to: 1_000))])

  static let oneCycle = RecipeCall(
    name: "oneCycle",
    parameters: [
      rate, .option("rise", .float, .above(0, atMost: 1)), .option("startDivisor", .float, .from(1, to: 1e9)),
      .option("endDivisor", .float, .from(1, to: 1e9)),
    ])

  private static let warmUpParameters: [RecipeParameter] = [
    .init("rate", .float, .from(0, to: 1_000)), .option("epochs", .float, .above(0, atMost: 1e6)),
    .option("iterations", .int, .from(1, to: 1e9)),
  ]
  static let constantWarmUp = RecipeCall(name: "constant", parameters: warmUpParameters)
  static let linearWarmUp = RecipeCall(name: "linear", parameters: warmUpParameters)

  static let padAndCrop = RecipeCall(name: "padAndCrop", parameters: [.init("padding", .int, .from(1, to: 1_024))])
  static let scaleAndCrop = RecipeCall(
    name: "scaleAndCrop",
    parameters: [.init("from", .int, .from(1, to: 65_536)), .init("to", .int, .from(1, to: 65_536))])
  static let mirror = RecipeCall(name: "mirror", parameters: [])
  static let colour = RecipeCall(name: "colour", parameters: [.init("deviation", .float, .above(0, atMost: 10))])
}
