import Foundation
import Testing
import Training

@Suite struct EvaluationTests {
  /// The place of the right class among the classes: first counts, within five counts, and else neither does.
  @Test(
    arguments: [
      ([0, 1, 2, 3, 4, 9], 5, 1, 1),
      ([9, 1, 2, 3, 4, 0], 5, 0, 0),
      ([9, 1, 2, 3, 4, 0], 1, 0, 1),
      // Of equal ones the first is the likelier.
      ([5, 5, 0, 0, 0, 0], 0, 1, 1),
      ([5, 5, 0, 0, 0, 0], 1, 0, 1),
      ([1, 1, 1, 1, 1, 1], 5, 0, 0),
      // What is not a number is never right, and nothing beside it.
      ([.nan, 5, 0, 0, 0, 0], 1, 0, 1),
      ([.nan, 5, 0, 0, 0, 0], 0, 0, 0),
    ] as [([Float], Int32, Int, Int)])
  func placesAreCounted(_ logits: [Float], _ label: Int32, _ correctCount: Int, _ correctInFiveCount: Int) {
    var evaluation = Evaluation(classCount: 6)
    evaluation.add(logits: logits, labels: [label])
    #expect(evaluation.correctCount == correctCount)
    #expect(evaluation.correctInFiveCount == correctInFiveCount)
    #expect(evaluation.classes[Int(label)] == .init(imageCount: 1, correctCount: correctCount))
  }

  @Test func theLossIsTheMeanCrossEntropy() {
    var evaluation = Evaluation(classCount: 2)
    // Probabilities 1/4 and 3/4; a large offset must not overflow.
    let gap = log(Float(3))
    evaluation.add(logits: [0, gap, 1000, 1000 + gap], labels: [0, 1])
    #expect(abs(evaluation.loss - (log(4.0) + log(4.0 / 3)) / 2) < 1e-4)
    #expect(evaluation.error == 0.5)
  }

  /// Two views of an image, with the probabilities 1/4, 3/4 and 1/2, 1/2 of its classes: 3/8 and 5/8 on average.
  @Test func viewsAreAveragedAsProbabilities() throws {
    final class Views: EvaluationSource {
      let imageCount = 3
      let viewCount = 2
      func batch(of images: Range<Int>) -> Batch {
        Batch(
          images: images.flatMap { _ in [0, log(Float(3)), 7, 7] }, labels: images.map { Int32($0 == 2 ? 0 : 1) })
      }
    }
    final class Echo: Classifier {
      let batch = 5
      let imageShape = [2, 1, 1]
      let classCount = 2
      func logits(images: UnsafeBufferPointer<Float>, count: Int) -> [Float] { Array(images.prefix(count * 2)) }
    }
    let evaluation = try #require(try Echo().evaluate(Views()))
    #expect(evaluation.imageCount == 3 && evaluation.correctCount == 2)
    #expect(abs(evaluation.loss - (2 * log(8.0 / 5) + log(8.0 / 3)) / 3) < 1e-6)
  }

  @Test func aModelIsTriedOnAllImages() throws {
    let training = SampleTraining()
    let model = try training.run().model
    var parts: [Int] = []
    let evaluation = try #require(
      try model.evaluate(training.points) {
        parts.append($0)
        return true
      })
    #expect(parts == [0, 8, 16, 24])
    #expect(evaluation.imageCount == 25 && evaluation.classes.map(\.imageCount).reduce(0, +) == 25)
    #expect(try model.evaluate(training.points) { $0 < 16 } == nil)
  }
}
