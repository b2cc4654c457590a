import CRuntime
import Testing

@Suite struct AllocationTests {
  /// Bytes that the C library gives, and the boundary that they begin on.
  @Test(arguments: [(0, 64), (1, 64), (1 << 20, 64), (2 << 20, 2 << 20), ((5 << 20) + 1, 2 << 20)])
  func beginsOnABoundary(byteCount: Int, boundary: Int) throws {
    var hooks = apus_hooks()
    let memory = try #require(apus_allocate(&hooks, byteCount))
    defer { apus_release(&hooks, memory) }
    #expect(Int(bitPattern: memory) % boundary == 0)
    memory.initializeMemory(as: UInt8.self, repeating: 1, count: max(byteCount, 1))
  }

  /// What a caller's hook is asked for: whole lines of memory, however large.
  @Test func asksHooksForLines() {
    var hooks = apus_hooks()
    hooks.allocate = { _, byteCount, alignment in
      UnsafeMutableRawPointer(bitPattern: byteCount * 1000 + alignment)
    }
    let memory = apus_allocate(&hooks, (2 << 20) + 1)
    #expect(UInt(bitPattern: memory) == ((2 << 20) + 64) * 1000 + 64)
  }
}
