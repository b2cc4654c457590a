import CRuntime
import GraphIR

/// The batches of an evaluation on ten parts of each picture: the four corners and the centre of the picture as the
/// preprocessing resizes it, and the mirror images of all (Krizhevsky et al. 2012; He et al. 2015).
package final class TenCropLoader: EvaluationSource {
  package let imageCount: Int
  package let viewCount = 10
  private let batch: Int
  private let prefetcher: Prefetcher

  /// - Parameters:
  ///   - shorterSide: What the pictures' shorter side is resized to; the parts are cut of that.
  ///   - batch: How many pictures are asked for at once.
  package init(_ set: DataSet, tensors: PictureTensors, shorterSide: Int, batch: Int) {
    precondition(batch > 0, "a batch has pictures")
    imageCount = set.count
    self.batch = batch
    let views = Self.views(shorterSide: shorterSide)
    prefetcher = Prefetcher(
      count: (set.count + batch - 1) / batch, depth: 2, threadCount: set.loadingThreadCount
    ) { number, prepared in
      let range = number * batch..<min((number + 1) * batch, set.count)
      let indices = range.flatMap { picture in views.map { _ in Int32(picture) } }
      try prepared.fill(with: indices[...], of: set, tensors) { views[$0 % views.count] }
      prepared.labels = range.map { set.labels[$0] }
    }
  }

  package func batch(of range: Range<Int>) throws -> Batch { try prefetcher.batch(range.lowerBound / batch) }

  private static func views(shorterSide: Int) -> [apus_augmentation] {
    // A place is a part of the way from the first to the last, and below 1.
    let (first, centre, last) = (0.0, 0.5, 1.0.nextDown)
    let places = [(first, first), (first, last), (last, first), (last, last), (centre, centre)]
    return places.flatMap { row, column in
      ([0, 1] as [UInt32]).map { isMirrored in
        var view = apus_augmentation()
        view.shorter_side = Int64(shorterSide)
        (view.row_place, view.column_place) = (row, column)
        view.is_mirrored = isMirrored
        return view
      }
    }
  }
}
