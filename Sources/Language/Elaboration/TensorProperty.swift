import Tensors

/// What an expression can ask of a tensor, as in `x.channels`.
enum TensorProperty: String, CaseIterable {
  case channels
  case height
  case width
  case features
  case rank

  /// nil where a tensor of this shape has no such thing.
  func value(of shape: Shape) -> Int? {
    switch self {
    case .channels: extent(1, of: shape, ranks: [2, 4])
    case .height: extent(2, of: shape, ranks: [4])
    case .width: extent(3, of: shape, ranks: [4])
    case .features: extent(1, of: shape, ranks: [2])
    case .rank: shape.rank
    }
  }

  private func extent(_ axis: Int, of shape: Shape, ranks: [Int]) -> Int? {
    ranks.contains(shape.rank) ? shape[axis].fixedExtent : nil
  }
}
