import Foundation
import GraphIR

/// Random numbers that are the same on every machine: SplitMix64, whose start is the seed mixed with a name.
struct RandomStream {
  private var state: UInt64

  init(seed: UInt64, name: String) {
    // FNV-1a of the name's bytes.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    state = seed
    state = bits() ^ hash
  }

  mutating func draw(_ initializer: Parameter.Initializer, count: Int) -> [Float] {
    switch initializer {
    case .zeros: [Float](repeating: 0, count: count)
    case .constant(let value): [Float](repeating: Float(value), count: count)
    case .uniform(let bound): (0..<count).map { _ in Float((2 * uniform() - 1) * bound) }
    case .heNormal(let fan): normal(deviation: (2 / Double(max(fan, 1))).squareRoot(), count: count)
    }
  }

  /// Box and Muller's pairs.
  private mutating func normal(deviation: Double, count: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { elements, initializedCount in
      while initializedCount < count {
        let radius = deviation * (-2 * log(uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        elements.initializeElement(at: initializedCount, to: Float(radius * cos(angle)))
        initializedCount += 1
        guard initializedCount < count else { break }
        elements.initializeElement(at: initializedCount, to: Float(radius * sin(angle)))
        initializedCount += 1
      }
    }
  }

  /// Uniform in 0...1, both ends left out.
  private mutating func uniform() -> Double { (Double(bits() >> 12) + 0.5) * 0x1p-52 }

  private mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
