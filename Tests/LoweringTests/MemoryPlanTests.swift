import Lowering
import TestSupport
import Testing

@Suite struct MemoryPlanTests {
  typealias Item = MemoryPlan.Item

  private func item(_ byteCount: Int, _ life: ClosedRange<Int>, replacing: Int? = nil, isPerImage: Bool = true) -> Item
  {
    Item(
      byteCount: byteCount, isPerImage: isPerImage, firstStep: life.lowerBound, lastStep: life.upperBound,
      mayReplace: replacing)
  }

  @Test func aChainNeedsTwoPlaces() {
    let plan = MemoryPlan([item(256, 0...1), item(256, 1...2), item(256, 2...3), item(256, 3...4)])
    #expect(plan.offsets == [0, 256, 0, 256])
    #expect((plan.byteCountPerImage, plan.liveByteCountPerImage, plan.fixedByteCount) == (512, 512, 0))
  }

  /// A residual block: the shortcut (item 0) lives beside what the block computes.
  @Test func peakIsWhatLivesTogether() {
    let plan = MemoryPlan([item(1024, 0...3), item(256, 1...2), item(256, 2...3), item(1024, 3...4)])
    #expect(plan.liveByteCountPerImage == 1024 + 256 + 1024)
    #expect(plan.byteCountPerImage == plan.liveByteCountPerImage)
  }

  @Test func aResultTakesItsOperandsPlace() {
    let plan = MemoryPlan([
      item(1024, 0...3), item(256, 1...2), item(256, 2...3), item(1024, 3...4, replacing: 0),
    ])
    #expect(plan.offsets[3] == plan.offsets[0])
    #expect(plan.byteCountPerImage == 1024 + 2 * 256)
  }

  /// Replacements that `mayReplace` asks for, but that would be wrong.
  @Test(arguments: [
    ("another size", [Item(byteCount: 128, isPerImage: true, firstStep: 0, lastStep: 1)]),
    ("still read later", [Item(byteCount: 64, isPerImage: true, firstStep: 0, lastStep: 2)]),
    ("of the other part", [Item(byteCount: 64, isPerImage: false, firstStep: 0, lastStep: 1)]),
  ])
  func placesAreNotTakenOver(reason: String, replaced: [Item]) {
    let items = replaced + [item(64, 1...3, replacing: 0)]
    check(MemoryPlan(items), of: items)
  }

  @Test func ofTwoThatReplaceOneTheSecondGetsItsOwnPlace() {
    let items = [item(64, 0...1), item(64, 1...3, replacing: 0), item(64, 1...2, replacing: 0)]
    let plan = MemoryPlan(items)
    #expect(plan.offsets[1] == plan.offsets[0])
    #expect(plan.offsets[2] != plan.offsets[0])
    check(plan, of: items)
  }

  @Test func partsAreSeparate() {
    let plan = MemoryPlan([
      item(100, 0...2), item(72, 1...2, isPerImage: false), item(8, 2...3, isPerImage: false), item(8, 3...3),
    ])
    #expect(plan.fixedByteCount == 128 + 64)
    #expect(plan.byteCountPerImage == 128)
    #expect(plan.offsets == [0, 0, 128, 0])
  }

  @Test func nothingNeedsNothing() {
    let plan = MemoryPlan([])
    #expect((plan.offsets, plan.fixedByteCount, plan.byteCountPerImage) == ([], 0, 0))
  }

  @Test(arguments: 0..<200)
  func nothingAliveOverlaps(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var items: [Item] = []
    for index in 0..<Int.random(in: 1...40, using: &generator) {
      let first = index / 2
      var replaced: Int?
      if index > 0, Bool.random(using: &generator) { replaced = Int.random(in: 0..<index, using: &generator) }
      items.append(
        item(
          64 * Int.random(in: 1...4, using: &generator) - Int.random(in: 0...1, using: &generator) * 4,
          first...first + Int.random(in: 0...6, using: &generator), replacing: replaced,
          isPerImage: Int.random(in: 0...3, using: &generator) > 0))
    }
    check(MemoryPlan(items), of: items)
  }

  /// Places are aligned, inside of their part, and shared only by items that are not alive together, but for the one
  /// step in which an item takes over another's place.
  private func check(_ plan: MemoryPlan, of items: [Item], sourceLocation: SourceLocation = #_sourceLocation) {
    func range(_ index: Int) -> Range<Int> { plan.offsets[index]..<plan.offsets[index] + items[index].byteCount }
    for (index, item) in items.enumerated() {
      #expect(plan.offsets[index] % MemoryPlan.alignment == 0, sourceLocation: sourceLocation)
      let end = item.isPerImage ? plan.byteCountPerImage : plan.fixedByteCount
      #expect(range(index).upperBound <= end, sourceLocation: sourceLocation)
      for (other, earlier) in items[..<index].enumerated()
      where earlier.isPerImage == item.isPerImage && range(other).overlaps(range(index))
        && earlier.firstStep <= item.lastStep && item.firstStep <= earlier.lastStep
      {
        let takesOver =
          item.mayReplace == other && earlier.lastStep == item.firstStep && range(other) == range(index)
        #expect(takesOver, "items \(other), \(earlier), and \(index), \(item), overlap", sourceLocation: sourceLocation)
      }
    }
    #expect(plan.liveByteCountPerImage <= plan.byteCountPerImage, sourceLocation: sourceLocation)
    #expect(plan.fixedByteCount % MemoryPlan.alignment == 0, sourceLocation: sourceLocation)
    #expect(plan.byteCountPerImage % MemoryPlan.alignment == 0, sourceLocation: sourceLocation)
  }
}
