/// The element types that a safetensors file can name.
package enum SafetensorsType: String, Hashable, Sendable, CaseIterable {
  case bool = "BOOL"
  case u8 = "U8"
  case i8 = "I8"
  case f8e5m2 = "F8_E5M2"
  case f8e4m3 = "F8_E4M3"
  case i16 = "I16"
  case u16 = "U16"
  case f16 = "F16"
  case bf16 = "BF16"
  case i32 = "I32"
  case u32 = "U32"
  case f32 = "F32"
  case i64 = "I64"
  case u64 = "U64"
  case f64 = "F64"

  package var byteCount: Int {
    switch self {
    case .bool, .u8, .i8, .f8e5m2, .f8e4m3: 1
    case .i16, .u16, .f16, .bf16: 2
    case .i32, .u32, .f32: 4
    case .i64, .u64, .f64: 8
    }
  }

  /// Whether Apus reads tensors of this type as weights.
  package var isReadable: Bool {
    switch self {
    case .f16, .bf16, .f32, .f64: true
    default: false
    }
  }
}

extension SafetensorsType {
  /// The elements in `bytes` as f32: f16 and bf16 widened exactly, f64 rounded to nearest. nil for a type that is
  /// not readable.
  func floats(_ bytes: UnsafeRawBufferPointer) -> [Float]? {
    let count = bytes.count / byteCount
    switch self {
    case .f16: return (0..<count).map { widenHalf(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) }
    case .bf16:
      return (0..<count).map {
        Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) << 16)
      }
    case .f32: return (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    case .f64: return (0..<count).map { Float(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self)) }
    default: return nil
    }
  }
}

/// The value of an IEEE half, computed from its fields, since Float16 is not available on every host.
private func widenHalf(_ bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10 & 0x1F)
  let fraction = UInt32(bits & 0x3FF)
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
