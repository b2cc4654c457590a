import CRuntime

/// Memory that begins on the boundary that kernels expect of weights and workspaces.
package final class AlignedBytes: @unchecked Sendable {
  /// One byte where `count` is 0, so that there is an address.
  package let bytes: UnsafeMutableRawBufferPointer
  package let count: Int

  /// All zero.
  package init(byteCount: Int) {
    bytes = .allocate(byteCount: max(byteCount, 1), alignment: APUS_ALIGNMENT)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    count = byteCount
  }

  deinit { bytes.deallocate() }
}
