/// Neighbouring steps that one image at a time passes through, where a batch's activations do not fit into caches.
struct Stretches {
  /// Stretches of a program's steps, in order.
  private(set) var ranges: [Range<Int>] = []

  /// Stretches are as long as they can be. Steps that walk all images with weights that are too large for a cache are
  /// in none, nor those of so few chunks that threads would wait for each other.
  /// - Parameter chunks: Of each step; nil where it writes what images share.
  init(of chunks: [Program.Chunks?], _ items: [MemoryPlan.Item], largestBatch: Int) {
    guard largestBatch > 1 else { return }
    var first = 0
    for step in 0...chunks.count where step == chunks.count || !Self.mayHold(chunks[step]) {
      if Self.pays(first..<step, items) { ranges.append(first..<step) }
      first = step + 1
    }
  }

  private static func mayHold(_ chunks: Program.Chunks?) -> Bool {
    guard let chunks else { return false }
    return chunks.imagesPerGroup == 1 && chunks.perGroup >= fewestChunks
  }

  /// Of a round: two threads then wait for an eighth of its time at the most.
  private static let fewestChunks = 7

  /// Whether more stays inside than goes through: what comes in or goes out cannot be overwritten in its place.
  private static func pays(_ range: Range<Int>, _ items: [MemoryPlan.Item]) -> Bool {
    func byteCount(where isCounted: (_ begins: Bool, _ ends: Bool) -> Bool) -> Int {
      items.filter { $0.isPerImage && isCounted(range.contains($0.firstStep), range.contains($0.lastStep)) }
        .map(\.byteCount).reduce(0, +)
    }
    return byteCount { $0 && $1 } > byteCount { $0 != $1 }
  }

  /// The stretch that a step is in.
  func range(of step: Int) -> Range<Int>? { ranges.first { $0.contains(step) } }
}

extension MemoryPlan.Item {
  /// As it must be kept where steps are walked in stretches: what lives in one only holds one image; what comes in or
  /// goes out is kept from the stretch's begin or to its end, as other images pass through it meanwhile.
  func kept(in stretches: Stretches) -> MemoryPlan.Item {
    var item = self
    let (first, last) = (stretches.range(of: firstStep), stretches.range(of: lastStep))
    if let first, first == last {
      item.isPerImage = false
      return item
    }
    if let first { item.firstStep = first.lowerBound }
    if let last { item.lastStep = last.upperBound - 1 }
    return item
  }
}
