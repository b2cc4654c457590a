import CRuntime

/// A file of the runtime, as it was when this program was compiled.
package struct RuntimeSource: Sendable {
  package var name: String
  package var text: [UInt8]
  /// The artifacts that it is part of, bits of `apus_source_use`.
  private var uses: UInt32

  package static let all: [RuntimeSource] = (0..<apus_source_count()).map { index in
    let source = apus_source_at(index)
    let text = UnsafeRawBufferPointer(start: source.text, count: source.length)
    return RuntimeSource(name: String(cString: source.name), text: [UInt8](text), uses: source.uses)
  }

  var isHeader: Bool { name.hasSuffix(".h") }

  func isNeeded(for use: apus_source_use) -> Bool { uses & use.rawValue != 0 }
}
