import Foundation
import GraphIR

extension Recipe {
  /// Steps of the whole training.
  package func stepCount(stepsPerEpoch: Int) -> Int { max(1, duration.stepCount(stepsPerEpoch: stepsPerEpoch)) }

  /// The learning rate of a step, which count from 0. Of cosine and one-cycle, PyTorch's `CosineAnnealingLR` and
  /// `OneCycleLR` give the same where they are told to go on at every step.
  package func learningRate(step: Int, stepsPerEpoch: Int) -> Double {
    let stepCount = stepCount(stepsPerEpoch: stepsPerEpoch)
    let warmUpCount = warmUp?.length.stepCount(stepsPerEpoch: stepsPerEpoch) ?? 0
    if let warmUp, step < warmUpCount {
      switch warmUp.shape {
      case .constant: return warmUp.rate
      case .linear: return warmUp.rate + (schedule.rate - warmUp.rate) * Double(step) / Double(warmUpCount)
      }
    }
    switch schedule {
    case .constant(let rate): return rate
    case .steps(let rate, let places, let factor):
      let passed = places.prefix { $0.stepCount(stepsPerEpoch: stepsPerEpoch) <= step }
      return passed.reduce(rate) { rate, _ in rate * factor }
    case .cosine(let rate, let end):
      return halfCosine(from: rate, to: end, part(of: step, from: Double(warmUpCount), to: Double(stepCount)))
    case .oneCycle(let rate, let rise, let startDivisor, let endDivisor):
      let start = rate / startDivisor
      // The highest rate is that of the last step of the rise, the lowest that of the very last step.
      let top = rise * Double(stepCount) - 1
      if Double(step) <= top { return halfCosine(from: start, to: rate, part(of: step, from: 0, to: top)) }
      return halfCosine(from: rate, to: start / endDivisor, part(of: step, from: top, to: Double(stepCount - 1)))
    }
  }
}

extension Recipe.Schedule {
  /// The highest learning rate.
  package var rate: Double {
    switch self {
    case .constant(let rate), .steps(let rate, _, _), .cosine(let rate, _), .oneCycle(let rate, _, _, _): rate
    }
  }
}

/// Where `step` lies in a stretch: 0 at its beginning, 1 at its end and behind.
private func part(of step: Int, from start: Double, to end: Double) -> Double {
  start < end ? min(1, (Double(step) - start) / (end - start)) : 1
}

/// `start` where `part` is 0, `end` where it is 1.
private func halfCosine(from start: Double, to end: Double, _ part: Double) -> Double {
  end + (start - end) / 2 * (1 + cos(.pi * part))
}
