import Kernels

extension Program.Constant {
  /// Writes the constant's row-major elements into the packed weights image, at its place and in its kernel's order.
  /// - Parameter image: `Program.weightsByteCount` bytes, aligned for f32. Constants do not overlap, so that several
  ///   can be packed at a time.
  package func pack(_ elements: UnsafeBufferPointer<Float>, into image: UnsafeMutableRawBufferPointer) {
    let byteCount = packing.elementCount * MemoryLayout<Float>.size
    let bytes = UnsafeMutableRawBufferPointer(rebasing: image[byteOffset..<byteOffset + byteCount])
    packing.pack(elements, into: bytes.bindMemory(to: Float.self))
  }
}

extension Program.Constant {
  /// The row-major elements of a parameter under training, from its place in the weights image.
  package func unpacked(from image: UnsafeMutableRawBufferPointer) -> [Float] {
    guard let layout = packing as? TensorLayout else { preconditionFailure("only a parameter under training is read") }
    let byteCount = packing.elementCount * MemoryLayout<Float>.size
    let bytes = UnsafeMutableRawBufferPointer(rebasing: image[byteOffset..<byteOffset + byteCount])
    return layout.unpacked(UnsafeBufferPointer(bytes.bindMemory(to: Float.self)))
  }
}
