/// How a tensor lies in memory.
package enum TensorLayout: Hashable, Sendable {
  /// An activation, image after image.
  case image(ImageLayout)
  /// A filter under training, and what goes with it: its gradient and momentum.
  case filter(FilterLayout)
  /// A tensor without a batch, such as one number a channel, or a scalar: row-major, with zeros up to a whole number of
  /// vectors of `lanes`.
  case vector(count: Int, lanes: Int)

  /// Whether each image has elements of its own.
  package var isPerImage: Bool {
    if case .image = self { true } else { false }
  }

  /// Stored elements: of one image, where each has its own, else of the whole.
  package var elementCount: Int {
    switch self {
    case .image(let layout): layout.elementCount
    case .filter(let layout): layout.elementCount
    case .vector(let count, let lanes): (count + lanes - 1) / lanes * lanes
    }
  }

  /// Whether the elements stand in row-major order, as callers have them.
  package var isDense: Bool {
    switch self {
    case .image(let layout): layout.isDense
    case .filter: false
    case .vector: true
    }
  }

  package var image: ImageLayout? {
    if case .image(let layout) = self { layout } else { nil }
  }
}

extension TensorLayout: CustomStringConvertible {
  package var description: String {
    switch self {
    case .image(let layout): "\(layout)"
    case .filter(let layout):
      "[\(layout.outputs), \(layout.inputs), \(layout.kernelRows), \(layout.kernelColumns)] in blocks of "
        + "\(layout.lanes) x \(layout.inputBlock)"
    case .vector(let count, _): "[\(count)]"
    }
  }
}
