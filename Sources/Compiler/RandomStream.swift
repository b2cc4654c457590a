import Foundation
import GraphIR
import Training

/// Random numbers that are the same on every machine: SplitMix64, which starts from the seed mixed with a name.
struct RandomStream {
  private var generator: SplitMix64

  init(seed: UInt64, name: String) {
    // FNV-1a of the name's bytes.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    generator = SplitMix64(state: seed)
    generator.state = generator.bits() ^ hash
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
  private mutating func uniform() -> Double { (Double(generator.bits() >> 12) + 0.5) * 0x1p-52 }
}
