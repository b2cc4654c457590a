import CRuntime

/// A file of the runtime, as it was when this program was compiled.
package struct RuntimeSource: Sendable {
  package var name: String
  package var text: [UInt8]
  package var use: apus_source_use

  package static let all: [RuntimeSource] = (0..<apus_source_count()).map { index in
    let source = apus_source_at(index)
    let text = UnsafeRawBufferPointer(start: source.text, count: source.length)
    return RuntimeSource(name: String(cString: source.name), text: [UInt8](text), use: source.use)
  }

  var isHeader: Bool { name.hasSuffix(".h") }

  func isNeeded(for form: Artifact.Form) -> Bool {
    switch use {
    case APUS_FOR_LIBRARIES: form != .executable
    case APUS_FOR_EXECUTABLES: form == .executable
    default: true
    }
  }
}
