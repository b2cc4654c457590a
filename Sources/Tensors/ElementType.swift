/// The type of one element of a tensor in memory.
package enum ElementType: String, Hashable, Sendable, CaseIterable {
  case f32, f64, bf16, i32, u8, s8, i64

  package var byteCount: Int {
    switch self {
    case .u8, .s8: 1
    case .bf16: 2
    case .f32, .i32: 4
    case .f64, .i64: 8
    }
  }
}
