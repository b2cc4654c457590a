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
      let pictures = number * batch..<min((number + 1) * batch, set.count)
      try prepared.fill(with: pictures, of: set, views, tensors)
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

extension Batch {
  /// Replaces what the batch holds by all views of some pictures, each of which is read once.
  fileprivate mutating func fill(
    with pictures: Range<Int>, of set: DataSet, _ views: [apus_augmentation], _ tensors: PictureTensors
  ) throws {
    let size = tensors.elementCount
    labels = pictures.map { set.labels[$0] }
    images = [Float](repeating: 0, count: pictures.count * views.count * size)
    try images.withUnsafeMutableBufferPointer { images in
      for (position, index) in pictures.enumerated() {
        let picture = try set.pictures.picture(at: index)
        for (view, augmentation) in views.enumerated() {
          let start = (position * views.count + view) * size
          try tensors.write(
            picture, from: set.pictures.place(of: index), augmentation,
            to: UnsafeMutableBufferPointer(rebasing: images[start..<start + size]))
        }
      }
    }
  }
}
