/// The upper half of an f32, as a number of its own.
package enum BFloat16 {
  /// The bits of the nearest, ties to even; NaN stays NaN, and quiet.
  package static func bits(_ number: Float) -> UInt16 {
    let bits = number.bitPattern
    if number.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }

  package static func number(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}
