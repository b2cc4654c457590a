/// The f32 elements of one tensor: mapped straight from a file where the file holds them so, else in memory.
package struct FloatElements: Sendable {
  private enum Storage: Sendable {
    case array([Float])
    /// Bytes of a file, aligned for f32.
    case mapped(MappedFile, Range<Int>)
  }

  private let storage: Storage

  package init(_ elements: [Float]) { storage = .array(elements) }

  /// The elements at `range` of `file`, little-endian f32. They stay in the file where they are aligned there.
  package init(mapping range: Range<Int>, of file: MappedFile) {
    precondition(range.count.isMultiple(of: MemoryLayout<Float>.size), "range does not hold whole elements")
    // Mappings begin at a page, so the offset in the file decides the alignment.
    if range.lowerBound.isMultiple(of: MemoryLayout<Float>.alignment) {
      storage = .mapped(file, range)
    } else {
      storage = .array(
        file.withUnsafeBytes(in: range) { bytes in
          (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        })
    }
  }

  package var count: Int {
    switch storage {
    case .array(let elements): elements.count
    case .mapped(_, let range): range.count / MemoryLayout<Float>.size
    }
  }

  /// Whether the elements are read from the file when they are used, and take no memory of their own.
  package var isMapped: Bool {
    if case .mapped = storage { true } else { false }
  }

  /// Calls `body` with the elements where they are; the buffer is valid during the call only.
  package func withUnsafeElements<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch storage {
    case .array(let elements): try elements.withUnsafeBufferPointer(body)
    case .mapped(let file, let range):
      try file.withUnsafeBytes(in: range) { bytes throws(Failure) in
        try body(bytes.assumingMemoryBound(to: Float.self))
      }
    }
  }

  /// A copy of the elements.
  package var floats: [Float] { withUnsafeElements { Array($0) } }
}
