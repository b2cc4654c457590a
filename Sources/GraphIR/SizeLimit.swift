import Tensors

/// Bounds that keep a hostile file from overflowing or exhausting the compiler: under them, a product of any two
/// sizes, and the sum of a few such products, fits an `Int`.
package enum SizeLimit {
  /// The largest extent, kernel, stride, padding or dilation.
  package static let extent = 1 << 28
  /// The most elements that a tensor may have, one image of it if it is batched.
  package static let elementCount = (1 << 31) - 1
  /// The most multiply-adds that an op may take for an image; sums over the largest graphs fit an `Int`.
  package static let multiplyAdds = 1 << 44
}

extension TensorType {
  /// Throws where an extent is not positive, the batch is not outermost, or the tensor is larger than `SizeLimit`.
  package func checkSize() throws(OpError) {
    for (axis, dimension) in shape.dimensions.enumerated() {
      switch dimension {
      case .batch where axis > 0: throw OpError("only the first dimension may be N; got \(self)")
      case .batch: continue
      case .fixed(let extent):
        guard extent >= 1 else { throw OpError("a dimension is at least 1; got \(self)") }
        guard extent <= SizeLimit.extent else { throw OpError("a dimension is at most 2^28; got \(self)") }
      }
    }
    guard let count = shape.elementCountPerImage, count <= SizeLimit.elementCount else {
      throw OpError("\(self) is too large: a tensor has less than 2^31 elements an image")
    }
  }
}

extension Op {
  /// The types of the results, for operands from outside: checks all against `SizeLimit`, which `resultTypes` takes for
  /// granted.
  package func checkedResultTypes(_ operands: [TensorType]) throws(OpError) -> [TensorType] {
    for type in operands { try type.checkSize() }
    let results = try resultTypes(operands)
    for type in results { try type.checkSize() }
    guard multiplyAdds(operands, results) <= SizeLimit.multiplyAdds else {
      throw OpError("this \(Self.mnemonic) takes more than 2^44 multiply-adds an image")
    }
    return results
  }
}
