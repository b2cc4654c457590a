import CRuntime
import Foundation
import GraphIR

/// The batches of a training: pictures of a data set in the order of the steps, augmented and preprocessed. They are
/// prepared beside the steps, so that a step finds its batch ready.
package final class BatchLoader: BatchSource {
  package let order: BatchOrder
  private let prefetcher: Prefetcher

  /// - Parameters:
  ///   - stepCount: Steps that there are to be, at most those of the order.
  ///   - depth: How many batches are prepared ahead; each takes the memory of its images.
  ///   - threadCount: nil: one thread, and one more for every four processors where pictures must be decoded.
  package init(
    _ set: DataSet, order: BatchOrder, tensors: PictureTensors, augmentation: Recipe.Augmentation, seed: UInt64,
    stepCount: Int, depth: Int = 3, threadCount: Int? = nil
  ) {
    precondition(order.stepCount.map { stepCount <= $0 } ?? true, "the order has that many steps")
    self.order = order
    prefetcher = Prefetcher(
      count: stepCount, depth: depth, threadCount: threadCount ?? set.loadingThreadCount
    ) { step, batch in
      try batch.fill(with: order.images(of: step), of: set, tensors) { place in
        augmentation.draw(seed: seed, step: step, place: place)
      }
    }
  }

  package func batch(of step: Int) throws -> Batch { try prefetcher.batch(step) }

  package var waits: BatchWaits { prefetcher.waits }
}

/// The batches of an evaluation: pictures of a data set in their order, as they are.
package final class EvaluationLoader: EvaluationSource {
  package let imageCount: Int
  private let batch: Int
  private let prefetcher: Prefetcher

  /// - Parameters:
  ///   - images: Which pictures of the set, and in which order.
  ///   - batch: How many are asked for at once; others are prepared only when they are asked for.
  package init(
    _ set: DataSet, images: [Int32], tensors: PictureTensors, batch: Int, depth: Int = 3, threadCount: Int? = nil
  ) {
    precondition(batch > 0, "a batch has images")
    imageCount = images.count
    self.batch = batch
    prefetcher = Prefetcher(
      count: (images.count + batch - 1) / batch, depth: depth, threadCount: threadCount ?? set.loadingThreadCount
    ) { number, prepared in
      let range = number * batch..<min((number + 1) * batch, images.count)
      try prepared.fill(with: images[range], of: set, tensors) { _ in apus_augmentation() }
    }
  }

  package func batch(of range: Range<Int>) throws -> Batch {
    precondition(
      range.lowerBound.isMultiple(of: batch) && range.count == min(batch, imageCount - range.lowerBound),
      "images are asked for batch by batch")
    return try prefetcher.batch(range.lowerBound / batch)
  }

  package var waits: BatchWaits { prefetcher.waits }
}

extension Batch {
  /// Replaces what the batch holds by these pictures of a set, keeping its memory where it has the size.
  fileprivate mutating func fill(
    with indices: ArraySlice<Int32>, of set: DataSet, _ tensors: PictureTensors,
    augmentedBy augmentation: (Int) -> apus_augmentation
  ) throws {
    let elementCount = tensors.elementCount
    if images.count != indices.count * elementCount {
      images = [Float](repeating: 0, count: indices.count * elementCount)
    }
    labels = indices.map { set.labels[Int($0)] }
    try images.withUnsafeMutableBufferPointer { images in
      for (place, index) in indices.enumerated() {
        let tensor = UnsafeMutableBufferPointer(rebasing: images[place * elementCount..<(place + 1) * elementCount])
        try tensors.write(Int(index), of: set.pictures, augmentation(place), to: tensor)
      }
    }
  }
}

extension DataSet {
  /// Threads that prepare batches beside a step: more than one only where pictures must be decoded.
  var loadingThreadCount: Int {
    pictures.pictureShape == nil ? 1 + ProcessInfo.processInfo.activeProcessorCount / 4 : 1
  }
}
