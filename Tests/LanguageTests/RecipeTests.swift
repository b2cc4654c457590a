import Diagnostics
import GraphIR
import Language
import Testing

/// What recipes mean, and what can be wrong with them.
struct RecipeTests {
  /// A recipe with the entries that must be there but for those given.
  private static func source(_ entries: String, network: String = "", outputs: String = "fc") -> String {
    var lines = [entries]
    if !entries.contains("epochs =") && !entries.contains("iterations =") { lines.append("epochs = 1") }
    if !entries.contains("batch =") { lines.append("batch = 2") }
    if !entries.contains("optimizer =") { lines.append("optimizer = sgd") }
    if !entries.contains("schedule =") { lines.append("schedule = constant(1)") }
    return """
      recipe ‹R› {
        \(lines.joined(separator: "\n  "))
      }
      network A(x: f32[N, 3]) using ‹R› {
        conv1 = linear(x, 4)
        \(network)
        fc = linear(conv1, 2)
        return \(outputs)
      }
      """
  }

  private func recipe(_ entries: String) throws -> Recipe {
    let source = Self.source(entries).filter { $0 != "‹" && $0 != "›" }
    let (network, diagnostics) = load(source).elaborate()
    return try #require(network?.recipes.first, "\(render(diagnostics))")
  }

  // MARK: Meaning

  @Test func whatIsLeftOutHasDefaults() throws {
    let expected = Recipe(
      name: "R", duration: .epochs(1), batch: 2, optimizer: .init(), schedule: .constant(rate: 1))
    #expect(try recipe("") == expected)
  }

  @Test func everyEntryIsRead() throws {
    let found = try recipe(
      """
      iterations = 2 * 300
      batch = 128
      seed = 7
      validation = 5_000
      loss = crossEntropy(smoothing: 0.1)
      optimizer = sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4, decayFiltersOnly: true)
      schedule = steps(0.1, iterations: [100, 200])
      warmUp = linear(0.01, epochs: 1)
      augmentation = [mirror, padAndCrop(4), colour(0.1)]
      frozen = ["conv1"]
      """)
    var expected = Recipe(
      name: "R", duration: .iterations(600), batch: 128,
      optimizer: .init(momentum: 0.9, nesterov: true, weightDecay: 5e-4, decay: .filters),
      schedule: .steps(rate: 0.1, places: [.iterations(100), .iterations(200)], factor: 0.1))
    expected.seed = 7
    expected.validationCount = 5_000
    expected.smoothing = 0.1
    expected.warmUp = .init(shape: .linear, rate: 0.01, length: .epochs(1))
    expected.augmentation.crop = .padded(4)
    expected.augmentation.mirror = true
    expected.augmentation.colour = 0.1
    expected.frozenScopes = ["conv1"]
    #expect(found == expected)
    #expect(found.freezes("conv1.weight") && !found.freezes("conv10.weight") && !found.freezes("fc.weight"))
  }

  static let schedules: [(String, Recipe.Schedule)] = [
    ("constant(rate: 0.5)", .constant(rate: 0.5)),
    ("steps(1, epochs: [0.5, 3], factor: 0.2)", .steps(rate: 1, places: [.epochs(0.5), .epochs(3)], factor: 0.2)),
    ("cosine(0.1)", .cosine(rate: 0.1, end: 0)), ("cosine(0.1, end: 1e-4)", .cosine(rate: 0.1, end: 1e-4)),
    ("oneCycle(0.2)", .oneCycle(rate: 0.2, rise: 0.3, startDivisor: 25, endDivisor: 1e4)),
    (
      "oneCycle(0.2, rise: 0.4, startDivisor: 10, endDivisor: 100)",
      .oneCycle(rate: 0.2, rise: 0.4, startDivisor: 10, endDivisor: 100)
    ),
  ]

  @Test(arguments: schedules) func scheduleIsRead(_ text: String, _ expected: Recipe.Schedule) throws {
    #expect(try recipe("schedule = \(text)").schedule == expected)
  }

  @Test func picturesAreScaled() throws {
    #expect(try recipe("augmentation = [scaleAndCrop(256, 480)]").augmentation.crop == .scaled(256...480))
  }

  private static let family = """
    recipe Base {
      iterations = 100
      batch = 8
      optimizer = sgd(momentum: 0.9)
      schedule = constant(0.1)
      seed = 1
    }
    recipe Other = Base { epochs = 3; seed = 2 }
    recipe Third = Other { batch = 9 }
    network A(x: f32[N, 3]) using Base {
      fc = linear(x, 2)
      return fc
    }
    network B = A using Third, Other
    network C = B
    """

  /// A recipe's own entries hide its base's, and an alias's recipes come before its base's.
  @Test func recipesAreInherited() throws {
    let network = try #require(load(Self.family).elaborate("C").network)
    #expect(network.recipes.map(\.name) == ["Third", "Other", "Base"])
    #expect(network.recipes.map(\.duration) == [.epochs(3), .epochs(3), .iterations(100)])
    #expect(network.recipes.map(\.batch) == [9, 8, 8])
    #expect(network.recipes.map(\.seed) == [2, 2, 1])
    #expect(network.recipes.map(\.optimizer.momentum) == [0.9, 0.9, 0.9])
  }

  @Test(arguments: [(nil, "Third"), ("Base", "Base")]) func recipeIsChosen(_ name: String?, _ expected: String) throws {
    let network = try #require(load(Self.family).elaborate("C").network)
    #expect(try network.recipe(name).name == expected)
  }

  @Test(
    arguments: [
      (family, "Bsae", "'C' has no recipe 'Bsae'; did you mean 'Base'?"),
      (family, "X", "'C' has no recipe 'X'; it has Third, Other, Base"),
      ("network C(x: f32[N, 3]) { return relu(x) }", "X", "'C' has no recipe 'X'; 'using' names none"),
      (
        "network C(x: f32[N, 3]) { return relu(x) }", nil,
        "'C' has no recipe; declare one and name it after 'using'"
      ),
    ] as [(String, String?, String)])
  func unknownRecipesAreErrors(_ source: String, _ name: String?, _ message: String) throws {
    let network = try #require(load(source).elaborate("C").network)
    #expect(throws: Diagnostic(message, at: nil)) { try network.recipe(name) }
  }

  @Test func entriesComeFromOtherFiles() throws {
    let files = [
      "lib/paper.apus": "import \"base.apus\"\nrecipe Paper = Base { batch = 3 }",
      "lib/base.apus": "recipe Base { epochs = 2; batch = 1; optimizer = sgd; schedule = constant(1) }",
    ]
    let source = "import \"lib/paper.apus\"\nnetwork A(x: f32[N, 3]) using Paper { return relu(x) }"
    let network = try #require(load(source, files: files).elaborate().network)
    #expect(network.recipes.map(\.batch) == [3] && network.recipes.map(\.duration) == [.epochs(2)])
  }

  // MARK: Messages

  /// A mistake in an entry, at its mark.
  private static func entry(_ entry: String, _ message: String) -> DiagnosticSample {
    DiagnosticSample(unmarkedOnce(unmarkedOnce(source(entry), "recipe ‹R›"), "using ‹R›"), message)
  }

  /// A mistake that is told at the recipe's name in its declaration, or with `atUse` after `using`.
  private static func name(
    _ entry: String, _ message: String, atUse: Bool = false, network: String = "", outputs: String = "fc"
  ) -> DiagnosticSample {
    let text = source(entry, network: network, outputs: outputs)
    let other = atUse ? "recipe ‹R›" : "using ‹R›"
    return DiagnosticSample(unmarkedOnce(text, other), message)
  }

  private static func unmarkedOnce(_ text: String, _ part: String) -> String {
    guard let range = text.firstRange(of: part) else { return text }
    return text.replacingCharacters(in: range, with: part.filter { $0 != "‹" && $0 != "›" })
  }

  static let names: [DiagnosticSample] = [
    entry(
      "‹bach› = 3\n  batch = 3",
      "a recipe has no 'bach'; it has epochs, iterations, batch, seed, validation, loss, optimizer, schedule, warmUp, "
        + "augmentation, frozen; did you mean 'batch'?"),
    entry("batch = 3\n  ‹batch› = 4", "'batch' already has a value, and values do not change; choose another name"),
    entry(
      "schedule = ‹step›(1, epochs: [1])",
      "'schedule' has no 'step'; it is constant, steps, cosine or oneCycle; did you mean 'steps'?"),
    entry("schedule = ‹0.1›", "'schedule' is constant, steps, cosine or oneCycle"),
    entry("optimizer = ‹adam›", "'optimizer' has no 'adam'; it is sgd"),
    entry("optimizer = sgd(‹momentun›: 1)", "'sgd' has no parameter 'momentun'; did you mean 'momentum'?"),
    entry("schedule = ‹cosine›", "'cosine' needs 'rate' (Float)"),
    entry("schedule = constant(1, ‹2›)", "'constant' takes 1 argument; this is one too many"),
    entry("schedule = constant(‹rate›)", "unknown value 'rate'"),
    entry(
      "augmentation = ‹mirror›",
      "'augmentation' is a list of padAndCrop, scaleAndCrop, mirror or colour, such as [padAndCrop(4), mirror]"),
    entry("frozen = ‹[conv1]›", "'frozen' is a list of names in quotes, such as [\"conv1\", \"layer1\"]"),
    DiagnosticSample("recipe A { batch = 1 }\nrecipe C = ‹B› { batch = 2 }", "there is no recipe 'B'"),
    DiagnosticSample(
      "recipe Paper { batch = 1 }\nrecipe C = ‹Papre› { batch = 2 }",
      "there is no recipe 'Papre'; did you mean 'Paper'?"),
  ]

  static let values: [DiagnosticSample] = [
    entry("epochs = ‹0›", "'epochs' is a number above 0, at most 1000000"),
    entry("iterations = ‹1.5›", "'iterations' is an Int from 1 to 1000000000"),
    entry("batch = ‹0›", "'batch' is an Int from 1 to 65536"),
    entry("seed = ‹-1›", "'seed' is an Int of at least 0"),
    entry("batch = ‹\"x\"›", "text stands only in imports, labels and recipes"),
    entry("loss = crossEntropy(smoothing: ‹1›)", "'smoothing' of 'crossEntropy' is a number from 0 to below 1"),
    entry("optimizer = sgd(momentum: ‹1.0›)", "'momentum' of 'sgd' is a number from 0 to below 1"),
    entry("optimizer = sgd(nesterov: ‹1›)", "'nesterov' of 'sgd' is Bool, not Int"),
    entry("schedule = constant(‹-0.1›)", "'rate' of 'constant' is a number above 0, at most 1000"),
    entry("schedule = constant(‹1 / 0›)", "division by zero"),
    entry(
      "schedule = steps(1, iterations: ‹[0]›)", "'iterations' of 'steps' is a list of Ints from 1 to 1000000000"),
    entry("schedule = ‹steps(1)›", "'steps' needs either 'epochs:' or 'iterations:'"),
    entry(
      "schedule = ‹steps(1, epochs: [1], iterations: [1])›", "'steps' needs either 'epochs:' or 'iterations:'"),
    entry("schedule = steps(1, epochs: ‹[2, 2]›)", "the places of 'steps' are a list of ascending numbers"),
    entry("warmUp = ‹linear(0.1)›", "'linear' needs either 'epochs:' or 'iterations:'"),
    entry(
      "schedule = oneCycle(1)\n  warmUp = ‹linear(0.1, epochs: 1)›",
      "'oneCycle' warms up by itself; leave out 'warmUp', or choose another schedule"),
    entry("augmentation = [mirror, ‹mirror›]", "'mirror' stands twice in the list"),
    entry(
      "augmentation = [padAndCrop(4), ‹scaleAndCrop(8, 9)›]",
      "pictures are cropped once: by 'padAndCrop' or by 'scaleAndCrop'"),
    entry(
      "augmentation = [‹scaleAndCrop(9, 8)›]",
      "the first number of 'scaleAndCrop' is the smaller side, the second the larger"),
  ]

  static let wholes: [DiagnosticSample] = [
    name("epochs = 1\n  iterations = 1", "the recipe 'R' has both 'epochs' and 'iterations'; one is enough"),
    DiagnosticSample(
      "recipe ‹R› { batch = 1 }\nnetwork A(x: f32[N, 3]) using R { return relu(x) }",
      "the recipe 'R' lacks 'epochs' or 'iterations'"),
    DiagnosticSample(
      "recipe ‹R› { epochs = 1; batch = 1 }\nnetwork A(x: f32[N, 3]) using R { return relu(x) }",
      "the recipe 'R' lacks 'optimizer'"),
    DiagnosticSample(
      "recipe A = ‹B› { batch = 1 }\nrecipe B = ‹A› { batch = 2 }", "'A' is made from itself",
      "'B' is made from itself"),
    name(
      "frozen = [\"conf1\"]",
      "'R' freezes 'conf1', and the network has no parameters of that name; did you mean 'conv1'?",
      atUse: true),
    name(
      "loss = crossEntropy(auxiliary: [0.3])",
      "'R' has 1 auxiliary weight, and the network has 0 outputs after the first",
      atUse: true),
    name(
      "loss = crossEntropy(auxiliary: [0.3, 0.3])",
      "'R' has 2 auxiliary weights, and the network has 1 output after the first",
      atUse: true, network: "aux = if training { linear(conv1, 2) }", outputs: "fc, aux"),
  ]

  @Test(arguments: names + values + wholes) func message(_ sample: DiagnosticSample) { sample.check() }

  @Test func headsAndTheirScopesExistInTraining() {
    let source = Self.source(
      "loss = crossEntropy(auxiliary: [0.3])\n  frozen = [\"aux\"]",
      network: "aux = if training { linear(conv1, 2) }", outputs: "fc, aux")
    let found = load(source.filter { $0 != "‹" && $0 != "›" }).check()
    #expect(found.isEmpty, "\(render(found))")
  }
}
