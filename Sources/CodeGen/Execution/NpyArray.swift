import CRuntime

/// The array of an .npy file, as the runtime reads it.
package struct NpyArray<Element: Sendable>: Sendable {
  package let shape: [Int]
  /// In row-major order.
  package let elements: [Element]
}

extension NpyArray where Element == Float {
  /// Reads f32, or f64 rounded to it.
  package init(contentsOf path: String) throws(RuntimeFailure) {
    var array = apus_array()
    try RuntimeFailure.check { apus_npy_read(path, &array, $0) }
    defer { apus_array_free(&array) }
    shape = extents(array.extents, rank: array.rank)
    elements = Array(UnsafeBufferPointer(start: array.elements, count: Int(array.element_count)))
  }
}

extension NpyArray where Element == Int32 {
  /// Reads i32, or i64 that fits it.
  package init(contentsOf path: String) throws(RuntimeFailure) {
    var array = apus_integers()
    try RuntimeFailure.check { apus_npy_read_integers(path, &array, $0) }
    defer { apus_integers_free(&array) }
    shape = extents(array.extents, rank: array.rank)
    elements = Array(UnsafeBufferPointer(start: array.elements, count: Int(array.element_count)))
  }
}

/// The first `rank` of a C array of extents.
private func extents<Extents>(_ extents: Extents, rank: UInt32) -> [Int] {
  withUnsafeBytes(of: extents) { $0.bindMemory(to: Int64.self).prefix(Int(rank)).map(Int.init) }
}
