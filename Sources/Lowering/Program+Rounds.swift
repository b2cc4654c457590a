extension Program {
  /// A step for some images of a batch, as the runtime walks them.
  package struct Round: Hashable, Sendable {
    package var step: Int
    package var images: Range<Int>
  }

  /// The rounds of a run, in order: one for a step of all images; those of a stretch group of images by group.
  package func rounds(batch: Int) -> [Round] {
    var rounds: [Round] = []
    var first = 0
    while first < steps.count {
      let imagesPerRound = steps[first].imagesPerRound
      let end =
        imagesPerRound == nil ? first + 1 : steps[first...].firstIndex { $0.imagesPerRound != imagesPerRound }
      let stretch = first..<(end ?? steps.count)
      let most = imagesPerRound ?? batch
      for image in Swift.stride(from: 0, to: batch, by: most) {
        rounds += stretch.map { Round(step: $0, images: image..<min(image + most, batch)) }
      }
      first = stretch.upperBound
    }
    return rounds
  }
}
