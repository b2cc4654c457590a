/// Places for tensors in an arena, such that no two that are alive at the same time overlap.
///
/// The arena has two parts: tensors of fixed size, and tensors that grow with the batch, whose places are given for
/// one image and scale with it.
package struct MemoryPlan: Sendable {
  /// A tensor that must be kept from the step that makes it to the last that reads it.
  package struct Item: Hashable, Sendable {
    package var byteCount: Int
    /// Whether `byteCount` is for one image.
    package var isPerImage: Bool
    package var firstStep: Int
    package var lastStep: Int
    /// An item whose memory it may take over: that item's last step is this one's first, and the step reads each
    /// element only to write the same element.
    package var mayReplace: Int?

    package init(byteCount: Int, isPerImage: Bool, firstStep: Int, lastStep: Int, mayReplace: Int? = nil) {
      self.byteCount = byteCount
      self.isPerImage = isPerImage
      self.firstStep = firstStep
      self.lastStep = lastStep
      self.mayReplace = mayReplace
    }
  }

  /// Bytes from the start of the item's part, a multiple of `alignment`.
  package private(set) var offsets: [Int]
  package private(set) var fixedByteCount = 0
  package private(set) var byteCountPerImage = 0
  /// The most that is alive at one step: no plan can be smaller.
  package private(set) var liveByteCountPerImage = 0

  package static let alignment = 64

  package init(_ items: [Item]) {
    offsets = [Int](repeating: 0, count: items.count)
    let blocks = Self.blocks(of: items)
    for isPerImage in [false, true] {
      let part = blocks.filter { items[$0.items[0]].isPerImage == isPerImage }
      let (places, end) = Self.place(part)
      for (block, place) in zip(part, places) { for item in block.items { offsets[item] = place } }
      if isPerImage {
        byteCountPerImage = end
        liveByteCountPerImage = Self.mostAlive(part)
      } else {
        fixedByteCount = end
      }
    }
  }

  /// Items that share one place, one after the other.
  private struct Block {
    var items: [Int]
    var byteCount: Int
    var firstStep: Int
    var lastStep: Int
  }

  private static func blocks(of items: [Item]) -> [Block] {
    var blocks: [Block] = []
    var blockOfItem: [Int: Int] = [:]
    for (index, item) in items.enumerated() {
      let byteCount = (item.byteCount + alignment - 1) / alignment * alignment
      if let replaced = item.mayReplace, let block = blockOfItem[replaced],
        items[replaced].byteCount == item.byteCount, items[replaced].isPerImage == item.isPerImage,
        blocks[block].lastStep == item.firstStep,
        blocks[block].items.last == replaced
      {
        blocks[block].items.append(index)
        blocks[block].lastStep = item.lastStep
        blockOfItem[index] = block
      } else {
        blockOfItem[index] = blocks.count
        blocks.append(
          Block(items: [index], byteCount: byteCount, firstStep: item.firstStep, lastStep: item.lastStep))
      }
    }
    return blocks
  }

  /// Largest first, each at the lowest place that is free over its whole life.
  private static func place(_ blocks: [Block]) -> (places: [Int], end: Int) {
    var places = [Int](repeating: 0, count: blocks.count)
    var placed: [Int] = []
    var end = 0
    let order = blocks.indices.sorted { a, b in
      (blocks[b].byteCount, blocks[a].firstStep, a) < (blocks[a].byteCount, blocks[b].firstStep, b)
    }
    for index in order {
      let block = blocks[index]
      let neighbours = placed.filter {
        blocks[$0].firstStep <= block.lastStep && block.firstStep <= blocks[$0].lastStep
      }.sorted { places[$0] < places[$1] }
      var candidate = 0
      for neighbour in neighbours {
        if candidate + block.byteCount <= places[neighbour] { break }
        candidate = max(candidate, places[neighbour] + blocks[neighbour].byteCount)
      }
      places[index] = candidate
      end = max(end, candidate + block.byteCount)
      placed.append(index)
    }
    return (places, end)
  }

  private static func mostAlive(_ blocks: [Block]) -> Int {
    var changes: [Int: Int] = [:]
    for block in blocks {
      changes[block.firstStep, default: 0] += block.byteCount
      changes[block.lastStep + 1, default: 0] -= block.byteCount
    }
    var alive = 0
    var most = 0
    for step in changes.keys.sorted() {
      alive += changes[step] ?? 0
      most = max(most, alive)
    }
    return most
  }
}
