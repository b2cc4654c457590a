import Synchronization

/// Which pictures make up the batch of each step.
package final class BatchOrder: Sendable {
  private enum Content: Sendable {
    /// These pictures, anew in random order each epoch; what does not fill a batch is left out.
    case shuffled(images: [Int32], seed: UInt64)
    /// [steps, batch], row-major.
    case given([Int32])
  }

  package let batch: Int
  private let content: Content
  /// The orders of the epochs that were asked for last: steps of two epochs may be prepared at once.
  private let epochs = Mutex<[(epoch: Int, images: [Int32])]>([])

  /// - Precondition: There are at least as many images as a batch has.
  package init(shuffling images: [Int32], batch: Int, seed: UInt64) {
    precondition(batch > 0 && images.count >= batch, "the images fill a batch")
    self.batch = batch
    content = .shuffled(images: images, seed: seed)
  }

  /// - Parameter images: [steps, batch], row-major.
  package init(given images: [Int32], batch: Int) {
    precondition(batch > 0 && images.count.isMultiple(of: batch), "steps are whole")
    self.batch = batch
    content = .given(images)
  }

  package var stepsPerEpoch: Int {
    switch content {
    case .shuffled(let images, _): images.count / batch
    case .given(let images): images.count / batch
    }
  }

  /// How many steps there are; nil: any number.
  package var stepCount: Int? {
    if case .given(let images) = content { images.count / batch } else { nil }
  }

  package func images(of step: Int) -> ArraySlice<Int32> {
    switch content {
    case .given(let images): return images[step * batch..<(step + 1) * batch]
    case .shuffled(let images, let seed):
      let (epoch, position) = step.quotientAndRemainder(dividingBy: images.count / batch)
      return order(of: epoch, images, seed)[position * batch..<(position + 1) * batch]
    }
  }

  private func order(of epoch: Int, _ images: [Int32], _ seed: UInt64) -> [Int32] {
    epochs.withLock { epochs in
      if let known = epochs.first(where: { $0.epoch == epoch }) { return known.images }
      var generator = KeyedGenerator(seed: seed, .order, epoch)
      let order = generator.permutation(of: images.count).map { images[Int($0)] }
      epochs = epochs.suffix(1) + [(epoch, order)]
      return order
    }
  }
}

extension DataSet {
  /// The pictures, without and with those that are held out for validation. Which ones does not depend on a recipe's
  /// seed, so that trainings of several seeds are measured on the same pictures; both lists ascend.
  package func split(holdingOut count: Int) -> (training: [Int32], validation: [Int32]) {
    precondition(count < self.count, "some pictures are left")
    var generator = KeyedGenerator(seed: 0, .validation)
    let order = generator.permutation(of: self.count)
    return (order.dropFirst(count).sorted(), order.prefix(count).sorted())
  }
}
