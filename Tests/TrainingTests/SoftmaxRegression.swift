import Foundation
import TestSupport
import Training

/// The smallest model that trains: soft-max regression with momentum, whose bits depend on what the protocol hands it
/// alone.
final class SoftmaxRegression: TrainableModel {
  let batch: Int
  let imageShape = [1, 2, 2]
  let classCount = 3
  let state = [
    StateTensor(name: "fc.weight", shape: [3, 4], role: .weight),
    StateTensor(name: "fc.bias", shape: [3], role: .weight),
    StateTensor(name: "mean", shape: [4], role: .statistic),
    StateTensor(name: "fc.weight.momentum", shape: [3, 4], role: .momentum),
    StateTensor(name: "fc.bias.momentum", shape: [3], role: .momentum),
  ]
  private var tensors: [String: [Float]] = [:]
  /// What happens before a step, such as an error that stands for a power cut.
  var beforeStep: (Int) throws -> Void = { _ in }

  init(batch: Int) {
    self.batch = batch
    for tensor in state { tensors[tensor.name] = [Float](repeating: 0, count: tensor.elementCount) }
  }

  func elements(of tensor: StateTensor) -> [Float] { tensors[tensor.name] ?? [] }
  func setElements(of tensor: StateTensor, to elements: [Float]) { tensors[tensor.name] = elements }

  func logits(images: UnsafeBufferPointer<Float>, count: Int) -> [Float] {
    let (weight, bias) = (tensors["fc.weight", default: []], tensors["fc.bias", default: []])
    return (0..<count * 3).map { position -> Float in
      let (image, row) = (position / 3, position % 3)
      return (0..<4).reduce(bias[row]) { $0 + weight[row * 4 + $1] * images[image * 4 + $1] }
    }
  }

  func step(
    images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, learningRate: Float, step: Int
  ) throws -> StepOutcome {
    try beforeStep(step)
    let logits = logits(images: images, count: batch)
    var loss: Float = 0
    var correctCount = 0
    var weightGradient = [Float](repeating: 0, count: 12)
    var biasGradient = [Float](repeating: 0, count: 3)
    for image in 0..<batch {
      let own = logits[image * 3..<image * 3 + 3]
      let exponentials = own.map { exp($0) }
      let sum = exponentials.reduce(0, +)
      let label = Int(labels[image])
      loss -= log(exponentials[label] / sum) / Float(batch)
      if own.indices.max(by: { own[$0] < own[$1] }) == image * 3 + label { correctCount += 1 }
      for row in 0..<3 {
        let slope = (exponentials[row] / sum - (row == label ? 1 : 0)) / Float(batch)
        biasGradient[row] += slope
        for column in 0..<4 { weightGradient[row * 4 + column] += slope * images[image * 4 + column] }
      }
    }
    guard loss.isFinite else { throw NonFiniteLoss(step: step, loss: loss, node: "fc") }
    update("fc.weight", weightGradient, learningRate)
    update("fc.bias", biasGradient, learningRate)
    for column in 0..<4 { tensors["mean"]?[column] += 0.1 * images[column] }
    return StepOutcome(loss: loss, correctCount: correctCount)
  }

  private func update(_ name: String, _ gradient: [Float], _ learningRate: Float) {
    for (position, slope) in gradient.enumerated() {
      let velocity = 0.9 * (tensors[name + ".momentum"]?[position] ?? 0) + slope
      tensors[name + ".momentum"]?[position] = velocity
      tensors[name]?[position] -= learningRate * velocity
    }
  }

  /// All of the state, for comparison to the bit.
  var bits: [[UInt32]] { state.map { elements(of: $0).map(\.bitPattern) } }
}

/// Points about three centres, the same for the same step.
final class Points: BatchSource, EvaluationSource {
  let batch: Int
  let imageCount = 25
  /// Multiplies the pixels, to make a model diverge.
  var scale: Float = 1

  init(batch: Int) { self.batch = batch }

  func batch(of step: Int) -> Batch { points(count: batch, seed: UInt64(step)) }

  func batch(of images: Range<Int>) -> Batch {
    let all = points(count: imageCount, seed: 1000)
    return Batch(
      images: Array(all.images[images.lowerBound * 4..<images.upperBound * 4]), labels: Array(all.labels[images]))
  }

  private func points(count: Int, seed: UInt64) -> Batch {
    var generator = SeededGenerator(seed: seed)
    var batch = Batch(images: [], labels: [])
    for _ in 0..<count {
      let label = Int(generator.next() % 3)
      batch.labels.append(Int32(label))
      batch.images += (0..<4).map { scale * ((label == $0 ? 1 : 0) + Float.random(in: -0.4...0.4, using: &generator)) }
    }
    return batch
  }
}
