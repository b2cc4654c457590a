import CRuntime
import GraphIR

extension Recipe.Augmentation {
  /// What is done to a picture at one place of one step.
  func draw(seed: UInt64, step: Int, place: Int) -> apus_augmentation {
    var generator = KeyedGenerator(seed: seed, .augmentation, step, place)
    // Each part draws the same numbers whatever the others are, so that leaving one out changes no other.
    let (first, second, third) = (generator.uniform(), generator.uniform(), generator.uniform())
    let isMirrored = generator.uniform() < 0.5
    let components = (0..<3).map { _ in generator.normal() * colour }
    var drawn = apus_augmentation()
    switch crop {
    case .padded(let padding):
      drawn.row_shift = Int64(first * Double(2 * padding + 1)) - Int64(padding)
      drawn.column_shift = Int64(second * Double(2 * padding + 1)) - Int64(padding)
    case .scaled(let sides):
      drawn.shorter_side = Int64(sides.lowerBound) + Int64(third * Double(sides.count))
      (drawn.row_place, drawn.column_place) = (first, second)
    case nil: break
    }
    drawn.is_mirrored = mirror && isMirrored ? 1 : 0
    if colour > 0 { drawn.colour_shift = ImageNetColours.shift(components) }
    return drawn
  }
}

/// The principal components of the colours of ImageNet's pixels, red, green and blue from 0 to 1, as Krizhevsky et al.
/// (2012) shift them. The numbers are those that fb.resnet.torch made current.
private enum ImageNetColours {
  static let eigenvalues = [0.2175, 0.0188, 0.0045]
  /// A row a colour, a column a component.
  static let eigenvectors = [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]]

  /// What is added to red, green and blue, which are 0 to 255.
  static func shift(_ components: [Double]) -> (Float, Float, Float) {
    let colours = eigenvectors.map { row in
      255 * (0..<3).reduce(0.0) { $0 + row[$1] * eigenvalues[$1] * components[$1] }
    }
    return (Float(colours[0]), Float(colours[1]), Float(colours[2]))
  }
}
