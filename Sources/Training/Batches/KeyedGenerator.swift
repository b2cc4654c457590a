import Foundation

/// Random numbers that depend on a seed and on what they are for alone, never on what was drawn before: so the order of
/// pictures and what augmentation does to each are the same for any number of threads, and when training is resumed.
/// SplitMix64, which starts from the seed mixed with the key.
struct KeyedGenerator {
  enum Use: UInt64 {
    case order = 1
    case augmentation, validation
  }

  private var generator: SplitMix64

  /// - Parameter key: What the numbers are for, such as a step and a place in its batch.
  init(seed: UInt64, _ use: Use, _ key: Int...) {
    generator = SplitMix64(state: seed)
    for part in [use.rawValue] + key.map({ UInt64(bitPattern: Int64($0)) }) {
      generator.state = generator.bits() ^ part
    }
    generator.state = generator.bits()
  }

  /// Uniform in 0..<1.
  mutating func uniform() -> Double { Double(generator.bits() >> 11) * 0x1p-53 }

  /// Uniform in 0..<count, but for a bias of less than count / 2^64.
  mutating func below(_ count: Int) -> Int { Int(UInt64(count).multipliedFullWidth(by: generator.bits()).high) }

  /// Of mean 0 and deviation 1, by Box and Muller.
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// The numbers 0..<count in random order, by Fisher and Yates.
  mutating func permutation(of count: Int) -> [Int32] {
    var numbers = Array(0..<Int32(count))
    for last in stride(from: count - 1, to: 0, by: -1) { numbers.swapAt(last, below(last + 1)) }
    return numbers
  }
}
