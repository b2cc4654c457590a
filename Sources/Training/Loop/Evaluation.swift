import Foundation

/// How well a model classifies images: sums over those that it was tried on.
package struct Evaluation: Hashable, Sendable {
  /// What became of the images of one class.
  package struct ClassCount: Hashable, Sendable {
    package var imageCount: Int
    package var correctCount: Int

    package init(imageCount: Int = 0, correctCount: Int = 0) {
      self.imageCount = imageCount
      self.correctCount = correctCount
    }

    /// The part of the images, 0 to 1, that were taken for another class.
    package var error: Double { 1 - Double(correctCount) / Double(max(imageCount, 1)) }
  }

  package private(set) var imageCount = 0
  package private(set) var lossSum = 0.0
  package private(set) var correctCount = 0
  /// Images whose class is among the five likeliest.
  package private(set) var correctInFiveCount = 0
  package private(set) var classes: [ClassCount]

  package init(classCount: Int) { classes = [ClassCount](repeating: ClassCount(), count: classCount) }

  /// The mean cross-entropy, in nats.
  package var loss: Double { lossSum / Double(max(imageCount, 1)) }
  /// The part of the images, 0 to 1, whose likeliest class is another.
  package var error: Double { 1 - Double(correctCount) / Double(max(imageCount, 1)) }
  /// The part of the images, 0 to 1, whose class is not among the five likeliest.
  package var errorInFive: Double { 1 - Double(correctInFiveCount) / Double(max(imageCount, 1)) }

  /// Counts images by their logits or log-probabilities.
  /// - Parameters:
  ///   - logits: [count, classes], row-major.
  ///   - labels: [count], the class of each image, from 0 to below `classes`.
  package mutating func add(logits: [Float], labels: some Collection<Int32>) {
    precondition(logits.count == labels.count * classes.count, "there is not one logit for each image and class")
    for (position, label) in labels.enumerated() {
      add(logits[position * classes.count..<(position + 1) * classes.count], label: Int(label))
    }
  }

  private mutating func add(_ logits: ArraySlice<Float>, label: Int) {
    let own = logits[logits.startIndex + label]
    let largest = Double(logits.max() ?? 0)
    // Shifted by the largest, no exponential overflows.
    let sum = logits.reduce(0.0) { $0 + exp(Double($1) - largest) }
    lossSum += log(sum) + largest - Double(own)
    // Of equal logits the first is the likelier; one that is not a number is the likeliest, and never right.
    let rank = logits.indices.count {
      !(logits[$0] < own || (logits[$0] == own && $0 >= logits.startIndex + label))
    }
    imageCount += 1
    classes[label].imageCount += 1
    if rank == 0 && own.isFinite {
      correctCount += 1
      classes[label].correctCount += 1
    }
    if rank < 5 && own.isFinite { correctInFiveCount += 1 }
  }
}

extension Classifier {
  /// Tries the model on all images of a source.
  /// - Precondition: All views of an image fit a batch.
  /// - Parameter report: Called with how many images are done; answers whether to go on.
  /// - Returns: nil where `report` said to stop.
  package func evaluate(_ source: any EvaluationSource, report: (Int) -> Bool = { _ in true }) throws -> Evaluation? {
    var evaluation = Evaluation(classCount: classCount)
    let step = batch / source.viewCount
    precondition(step > 0, "the model takes too few images at a time")
    for start in stride(from: 0, to: source.imageCount, by: step) {
      guard report(start) else { return nil }
      let images = try source.batch(of: start..<min(start + step, source.imageCount))
      let logits = try images.images.withUnsafeBufferPointer { pixels in
        try self.logits(images: pixels, count: images.labels.count * source.viewCount)
      }
      evaluation.add(logits: averaged(logits, viewCount: source.viewCount), labels: images.labels)
    }
    return evaluation
  }

  /// The logarithms of the mean of what soft-max makes of an image's views; a single view's logits stay as they are.
  private func averaged(_ logits: [Float], viewCount: Int) -> [Float] {
    guard viewCount > 1 else { return logits }
    let size = viewCount * classCount
    return stride(from: 0, to: logits.count, by: size).flatMap { start -> [Float] in
      var means = [Double](repeating: 0, count: classCount)
      for view in stride(from: start, to: start + size, by: classCount) {
        let own = logits[view..<view + classCount]
        let largest = Double(own.max() ?? 0)
        let exponentials = own.map { exp(Double($0) - largest) }
        let sum = exponentials.reduce(0, +)
        for (position, exponential) in exponentials.enumerated() {
          means[position] += exponential / sum / Double(viewCount)
        }
      }
      return means.map { Float(log($0)) }
    }
  }
}
