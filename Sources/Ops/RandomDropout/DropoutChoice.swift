/// Which elements a dropout keeps: a counter-based generator, so that any element can be decided by itself and again
/// in the backward pass. Of element i it draws mix(mix(i) + key), the key made of seed and salt, in 32-bit integers
/// that wrap around; the element stays where the upper 31 bits are not below rate * 2^31.
package struct DropoutChoice: Hashable, Sendable {
  package var rate: Double
  package var salt: Int

  package init(rate: Double, salt: Int) {
    self.rate = rate
    self.salt = salt
  }

  /// What elements that stay are multiplied by.
  package var scale: Double { 1 / (1 - rate) }

  /// What the upper 31 bits of a draw must reach.
  package var threshold: Int32 { Int32(rate * 0x1p31) }

  package func key(seed: Int32) -> UInt32 {
    Self.mix(UInt32(bitPattern: seed) &+ mixedSalt)
  }

  /// What is added to the seed.
  package var mixedSalt: UInt32 { Self.mix(UInt32(truncatingIfNeeded: salt) &+ Self.increment) }

  /// Whether the element at `index`, counted in row-major order (image, channel, row, column) and wrapping around at
  /// 2^32, stays.
  package func keeps(_ index: UInt32, key: UInt32) -> Bool {
    Int32(Self.mix(Self.mix(index) &+ key) >> 1) >= threshold
  }

  // MARK: Mixing

  /// 2^32 divided by the golden ratio, so that a salt of 0 is mixed too.
  static let increment: UInt32 = 0x9E37_79B9
  /// Two rounds of multiplying and folding the upper bits down; the multipliers are from Chris Wellons, *Prospecting
  /// for Hash Functions* (2018), found by search for least bias.
  static let multipliers: [UInt32] = [0x7FEB_352D, 0x846C_A68B]
  static let shifts: [UInt32] = [16, 15, 16]

  static func mix(_ value: UInt32) -> UInt32 {
    var mixed = value ^ value >> shifts[0]
    for (multiplier, shift) in zip(multipliers, shifts.dropFirst()) {
      mixed = mixed &* multiplier
      mixed ^= mixed >> shift
    }
    return mixed
  }
}
