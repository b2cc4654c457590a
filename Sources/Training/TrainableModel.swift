/// What says of images how likely each class is.
package protocol Classifier: AnyObject {
  /// The most images at a time.
  var batch: Int { get }
  /// Channels, rows and columns of an image.
  var imageShape: [Int] { get }
  var classCount: Int { get }

  /// The logits of some images, at most `batch`, by running statistics: [count, classes].
  func logits(images: UnsafeBufferPointer<Float>, count: Int) throws -> [Float]
}

/// A network under training, compiled for one batch size, which every step has: its state, and the programs that change
/// and use it. The loop over a data set knows a model by this alone.
package protocol TrainableModel: Classifier {
  /// All that a step changes: parameters, running statistics and the optimizer's momentum.
  var state: [StateTensor] { get }

  /// One step: forward, loss, backward, update.
  /// - Parameters:
  ///   - images: [batch, C, H, W], row-major, preprocessed.
  ///   - labels: [batch], the class of each.
  ///   - step: Counts from 0; what is random in a step depends on the recipe's seed and this number alone.
  /// - Throws: `NonFiniteLoss`, and the state is then as it was before the step.
  func step(
    images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, learningRate: Float, step: Int
  ) throws -> StepOutcome

  /// The elements of a tensor of `state`, row-major.
  func elements(of tensor: StateTensor) -> [Float]
  func setElements(of tensor: StateTensor, to elements: [Float])
}

/// A tensor that training changes.
package struct StateTensor: Hashable, Sendable {
  package enum Role: String, Hashable, Sendable, CaseIterable { case weight, statistic, momentum }

  /// A parameter's name; the momentum of parameter `p` is `p.momentum`.
  package var name: String
  package var shape: [Int]
  package var role: Role

  package init(name: String, shape: [Int], role: Role) {
    self.name = name
    self.shape = shape
    self.role = role
  }

  package var elementCount: Int { shape.reduce(1, *) }
}

package struct StepOutcome: Hashable, Sendable {
  /// The mean loss of the batch, with auxiliary heads and label smoothing.
  package var loss: Float
  /// Images whose largest logit is that of their class.
  package var correctCount: Int

  package init(loss: Float, correctCount: Int) {
    self.loss = loss
    self.correctCount = correctCount
  }
}

/// The loss of a step is not a finite number.
package struct NonFiniteLoss: Error, Hashable, Sendable {
  package var step: Int
  package var loss: Float
  /// The first node of the forward pass whose result is not finite; nil: only the loss is not.
  package var node: String?

  package init(step: Int, loss: Float, node: String?) {
    self.step = step
    self.loss = loss
    self.node = node
  }
}
