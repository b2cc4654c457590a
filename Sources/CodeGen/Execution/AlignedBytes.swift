import CRuntime

/// Memory that begins on the boundary that kernels expect of weights and workspaces.
package final class AlignedBytes: @unchecked Sendable {
  package let bytes: UnsafeMutableRawBufferPointer

  /// All zero.
  package init(byteCount: Int) {
    bytes = .allocate(byteCount: max(byteCount, 1), alignment: APUS_ALIGNMENT)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    count = byteCount
  }

  package let count: Int

  deinit { bytes.deallocate() }
}
