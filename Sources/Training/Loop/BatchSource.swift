/// Images with their classes, as a step takes them.
package struct Batch: Sendable {
  /// [count, C, H, W], row-major, preprocessed.
  package var images: [Float]
  /// The class of each image.
  package var labels: [Int32]

  package init(images: [Float], labels: [Int32]) {
    self.images = images
    self.labels = labels
  }
}

/// Where the loop gets batches from. What a batch holds depends on its number alone, so that a training can go on from
/// any step.
package protocol BatchSource: AnyObject {
  /// The batch of a step. Steps are asked for in order, from the one that the loop begins or goes on with, so that the
  /// next ones can be prepared meanwhile.
  func batch(of step: Int) throws -> Batch
}

/// Images that a model is tried on, in a fixed order.
package protocol EvaluationSource: AnyObject {
  var imageCount: Int { get }
  /// How many parts of each image the model sees; what it makes of them is averaged.
  var viewCount: Int { get }
  /// Some images, as they are without augmentation, with a label each. An image's views follow each other.
  func batch(of images: Range<Int>) throws -> Batch
}

extension EvaluationSource {
  package var viewCount: Int { 1 }
}
