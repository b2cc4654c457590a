import GraphIR
import Testing
import Training

@Suite struct RecipeEntriesTests {
  private func recipe(_ schedule: Recipe.Schedule) -> Recipe {
    Recipe(
      name: "R", duration: .iterations(64_000), batch: 128, optimizer: .init(momentum: 0.9, weightDecay: 1e-4),
      schedule: schedule)
  }

  /// Every entry reads as it stands in a network file.
  @Test func entriesReadAsInANetworkFile() {
    var recipe = recipe(.steps(rate: 0.1, places: [.iterations(32_000), .iterations(48_000)], factor: 0.1))
    recipe.warmUp = .init(shape: .linear, rate: 0.01, length: .epochs(5))
    recipe.augmentation.crop = .padded(4)
    recipe.augmentation.mirror = true
    recipe.validationCount = 5000
    recipe.frozenScopes = ["conv1"]
    recipe.auxiliaryWeights = [0.3]
    #expect(
      recipe.entries.map { "\($0.name) = \($0.value)" } == [
        "iterations = 64000", "batch = 128", "seed = 0",
        "optimizer = sgd(momentum: 0.9, nesterov: false, weightDecay: 0.0001, decayFiltersOnly: false)",
        "schedule = steps(0.1, iterations: [32000, 48000], factor: 0.1)", "warmUp = linear(0.01, epochs: 5.0)",
        "loss = crossEntropy(smoothing: 0.0, auxiliary: [0.3])", "augmentation = [padAndCrop(4), mirror]",
        "validation = 5000", #"frozen = ["conv1"]"#,
      ])
  }

  @Test(arguments: [
    (Recipe.Schedule.constant(rate: 0.1), "constant(0.2)"),
    (.steps(rate: 0.1, places: [.epochs(30)], factor: 0.5), "steps(0.2, epochs: [30.0], factor: 0.5)"),
    (.cosine(rate: 0.1, end: 0.001), "cosine(0.2, end: 0.002)"),
    (
      .oneCycle(rate: 0.1, rise: 0.3, startDivisor: 25, endDivisor: 1e4),
      "oneCycle(0.2, rise: 0.3, startDivisor: 25.0, endDivisor: 10000.0)"
    ),
  ])
  func anotherLearningRateChangesAllInProportion(_ schedule: Recipe.Schedule, _ expected: String) {
    var recipe = recipe(schedule)
    recipe.warmUp = .init(shape: .constant, rate: 0.01, length: .iterations(400))
    let changed = recipe.withLearningRate(0.2)
    #expect(changed.entries.first { $0.name == "schedule" }?.value == expected)
    #expect(changed.warmUp?.rate == 0.02)
  }
}
