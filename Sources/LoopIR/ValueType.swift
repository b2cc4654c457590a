/// The type of one lane of a value that a kernel computes with.
package enum ScalarType: String, Hashable, Sendable, CaseIterable {
  case f32, f64, bf16, i32, i64, u8, s8
  /// One bit a lane: what comparisons give and what masks loads and stores.
  case mask

  /// Bytes of one element in memory. Masks are never in memory.
  package var byteCount: Int {
    switch self {
    case .u8, .s8, .mask: 1
    case .bf16: 2
    case .f32, .i32: 4
    case .f64, .i64: 8
    }
  }

  package var isFloatingPoint: Bool { self == .f32 || self == .f64 || self == .bf16 }

  /// The numbers that an integer type holds; of floating-point types, those that i64 holds.
  package var range: ClosedRange<Int> {
    switch self {
    case .mask: 0...1
    case .u8: 0...255
    case .s8: -128...127
    case .i32: Int(Int32.min)...Int(Int32.max)
    case .i64, .f32, .f64, .bf16: Int.min...Int.max
    }
  }
}

/// A scalar (one lane) or a vector. Prints as `f32` or `f32x16`.
package struct ValueType: Hashable, Sendable, CustomStringConvertible {
  package var scalar: ScalarType
  package var lanes: Int

  package init(_ scalar: ScalarType, lanes: Int = 1) {
    self.scalar = scalar
    self.lanes = lanes
  }

  package static let f32 = ValueType(.f32)
  package static func f32(_ lanes: Int) -> ValueType { ValueType(.f32, lanes: lanes) }

  package var description: String { lanes == 1 ? scalar.rawValue : "\(scalar.rawValue)x\(lanes)" }
}
