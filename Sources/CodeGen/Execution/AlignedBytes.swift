import CRuntime

/// Memory that begins on the boundary that kernels expect of weights and workspaces.
package final class AlignedBytes: @unchecked Sendable {
  /// One byte where `count` is 0, so that there is an address.
  package let bytes: UnsafeMutableRawBufferPointer
  package let count: Int

  /// All zero.
  package init(byteCount: Int) {
    var hooks = apus_hooks()
    guard let memory = apus_allocate(&hooks, max(byteCount, 1)) else {
      preconditionFailure("no memory for \(byteCount) bytes")
    }
    bytes = UnsafeMutableRawBufferPointer(start: memory, count: max(byteCount, 1))
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    count = byteCount
  }

  deinit {
    var hooks = apus_hooks()
    apus_release(&hooks, bytes.baseAddress)
  }
}
