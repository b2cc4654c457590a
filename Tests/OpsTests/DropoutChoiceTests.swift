import LoopIR
import Ops
import Testing

struct DropoutChoiceTests {
  /// How often elements stay, and that no choice follows from another's: of two seeds, two salts and neighbours.
  @Test(arguments: [0.1, 0.5, 0.9])
  func choicesLookRandom(rate: Double) {
    let choice = DropoutChoice(rate: rate, salt: 0)
    let count = 1 << 16
    func mask(_ choice: DropoutChoice, seed: Int32) -> [Bool] {
      let key = choice.key(seed: seed)
      return (0..<count).map { choice.keeps(UInt32($0), key: key) }
    }
    let first = mask(choice, seed: 0)
    let others = [
      mask(choice, seed: 1), mask(DropoutChoice(rate: rate, salt: 1), seed: 0), Array(first.dropFirst()) + [first[0]],
    ]
    let share = 1 - rate
    // Five standard deviations.
    func expect(_ hits: Int, _ probability: Double) {
      let deviation = (Double(count) * probability * (1 - probability)).squareRoot()
      #expect(abs(Double(hits) - Double(count) * probability) < 5 * deviation)
    }
    for other in [first] + others { expect(other.count { $0 }, share) }
    for other in others { expect(zip(first, other).count { $0 && $1 }, share * share) }
  }

  @Test func nothingIsDroppedAtRateZero() {
    let choice = DropoutChoice(rate: 0, salt: 5)
    let key = choice.key(seed: -1)
    let keepsAll = (0..<1000).allSatisfy { choice.keeps(UInt32($0), key: key) }
    #expect(keepsAll && choice.scale == 1)
  }

  /// Loops decide as the reference does, for every element.
  @Test(arguments: [(0.5, 0), (0.25, 7), (0.999, .max)] as [(Double, Int32)])
  func compiledChoicesAreTheSame(rate: Double, salt: Int32) throws {
    let (lanes, count) = (8, 1024)
    let choice = DropoutChoice(rate: rate, salt: Int(salt))
    var builder = KernelBuilder()
    let input = builder.buffer("seed", .i32, .read)
    let output = builder.buffer("kept", .i32, .write)
    let type = ValueType(.i32, lanes: lanes)
    let seed = builder.bind(builder.load(input, at: 0))
    let key = builder.bind(.splat(choice.key(seed: seed, in: &builder), lanes: lanes))
    for first in stride(from: 0, to: count, by: lanes) {
      let indices = (0..<lanes).reduce(Expression.constant(Double(first), type)) { indices, lane in
        .select(
          .firstLanes(.constant(lane), lanes: lanes), indices, .constant(Double(first + lane), type))
      }
      let keeps = choice.keeps(indices, key: key, in: &builder)
      builder.store(
        .select(keeps, .constant(1, type), .constant(0, type)), to: output, at: .constant(first))
    }
    let kernel = builder.kernel(named: "choice")
    #expect(kernel.verify() == [])

    for seed in [0, 1, -1, .max, .min] as [Int32] {
      var (seeds, kept) = ([seed], [Int32](repeating: -1, count: count))
      try seeds.withUnsafeMutableBytes { seeds in
        try kept.withUnsafeMutableBytes { kept in
          try kernel.interpret(operands: [seeds, kept], batch: 1, chunk: 0, fusingMultiplyAdd: true)
        }
      }
      let key = choice.key(seed: seed)
      #expect(kept == (0..<count).map { choice.keeps(UInt32($0), key: key) ? 1 : 0 })
    }
  }
}
