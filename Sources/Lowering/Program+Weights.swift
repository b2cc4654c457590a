import GraphIR

extension Program {
  /// Writes the packed weights image: every constant in its kernel's order, at its place.
  /// - Parameters:
  ///   - image: `weightsByteCount` zeroed bytes, aligned for f32.
  ///   - elements: The row-major f32 elements of a constant of the graph.
  package func packWeights(
    into image: UnsafeMutableRawBufferPointer, elements: (ValueID) throws -> [Float]
  ) rethrows {
    precondition(image.count >= weightsByteCount, "the weights image is too small")
    for constant in constants {
      let source = try elements(constant.value)
      let bytes = UnsafeMutableRawBufferPointer(rebasing: image[constant.byteOffset...])
      let packed = UnsafeMutableBufferPointer(
        start: bytes.bindMemory(to: Float.self).baseAddress, count: constant.packing.elementCount)
      source.withUnsafeBufferPointer { constant.packing.pack($0, into: packed) }
    }
  }
}
