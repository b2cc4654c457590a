import GraphIR
import Testing
import Training

/// The learning rate from step to step, against values worked out by hand or printed by PyTorch 2's schedulers.
struct LearningRateTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var duration: Recipe.Length
    var schedule: Recipe.Schedule
    var warmUp: Recipe.WarmUp?
    var stepsPerEpoch = 10
    /// By step.
    var expected: [Int: Double]
  }

  static let samples: [Sample] = [
    Sample(
      testDescription: "constant", duration: .epochs(2), schedule: .constant(rate: 0.1),
      expected: [0: 0.1, 19: 0.1, 1_000: 0.1]),
    Sample(
      testDescription: "steps at iterations", duration: .iterations(64_000),
      schedule: .steps(rate: 0.1, places: [.iterations(32_000), .iterations(48_000)], factor: 0.1),
      expected: [0: 0.1, 31_999: 0.1, 32_000: 0.01, 47_999: 0.01, 48_000: 0.001, 63_999: 0.001]),
    Sample(
      testDescription: "steps at epochs, one of them half", duration: .epochs(4),
      schedule: .steps(rate: 1, places: [.epochs(1.5), .epochs(3)], factor: 0.5),
      expected: [14: 1, 15: 0.5, 29: 0.5, 30: 0.25]),
    Sample(
      testDescription: "ResNet-110's warm-up", duration: .iterations(64_000),
      schedule: .steps(rate: 0.1, places: [.iterations(32_000)], factor: 0.1),
      warmUp: .init(shape: .constant, rate: 0.01, length: .iterations(400)),
      expected: [0: 0.01, 399: 0.01, 400: 0.1, 32_000: 0.01]),
    Sample(
      testDescription: "linear warm-up", duration: .epochs(3), schedule: .constant(rate: 1),
      warmUp: .init(shape: .linear, rate: 0.2, length: .epochs(0.4)),
      expected: [0: 0.2, 1: 0.4, 2: 0.6, 3: 0.8, 4: 1]),
    // cos(0), cos(60°), cos(90°), cos(120°) and cos(180°).
    Sample(
      testDescription: "cosine", duration: .iterations(12), schedule: .cosine(rate: 1, end: 0.2),
      expected: [0: 1, 4: 0.8, 6: 0.6, 8: 0.4, 12: 0.2, 13: 0.2]),
    Sample(
      testDescription: "cosine after a warm-up", duration: .iterations(16), schedule: .cosine(rate: 1, end: 0),
      warmUp: .init(shape: .linear, rate: 0, length: .iterations(4)),
      expected: [0: 0, 3: 0.75, 4: 1, 8: 0.75, 10: 0.5, 12: 0.25]),
    // The rise ends at step 0.3 * 10 - 1 = 2.
    Sample(
      testDescription: "one cycle", duration: .epochs(1),
      schedule: .oneCycle(rate: 1, rise: 0.3, startDivisor: 25, endDivisor: 1e4),
      expected: [
        0: 0.04, 1: 0.52, 2: 1, 3: 0.950484632013, 4: 0.81174565395, 5: 0.611262021936, 6: 0.388741978064,
        7: 0.18825834605, 8: 0.049519367987, 9: 4e-6,
      ]),
    Sample(
      testDescription: "one cycle of one step", duration: .iterations(1),
      schedule: .oneCycle(rate: 1, rise: 0.3, startDivisor: 4, endDivisor: 2), expected: [0: 0.125, 1: 0.125]),
    Sample(
      testDescription: "one cycle that only rises", duration: .iterations(3),
      schedule: .oneCycle(rate: 1, rise: 1, startDivisor: 4, endDivisor: 2), expected: [0: 0.25, 1: 0.625, 2: 1]),
  ]

  @Test(arguments: samples) func isAsExpected(_ sample: Sample) {
    var recipe = Recipe(
      name: "R", duration: sample.duration, batch: 1, optimizer: .init(), schedule: sample.schedule)
    recipe.warmUp = sample.warmUp
    for (step, expected) in sample.expected {
      let found = recipe.learningRate(step: step, stepsPerEpoch: sample.stepsPerEpoch)
      #expect(abs(found - expected) <= 1e-9, "step \(step)")
    }
  }

  @Test func trainingHasAtLeastOneStep() {
    var recipe = Recipe(
      name: "R", duration: .epochs(0.01), batch: 1, optimizer: .init(), schedule: .constant(rate: 1))
    #expect(recipe.stepCount(stepsPerEpoch: 10) == 1)
    recipe.duration = .epochs(2.5)
    #expect(recipe.stepCount(stepsPerEpoch: 469) == 1173)
  }
}
