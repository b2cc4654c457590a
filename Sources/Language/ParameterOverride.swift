import Diagnostics

/// A network parameter's value from outside, as in `--set blocks=[2,2,2,2]`; written as in a network file.
package struct ParameterOverride: Sendable {
  let name: Name
  let value: Expression

  /// Reads `key=value`. Throws a diagnostic that points into the text.
  package init(_ text: String, origin: String = "--set") throws(Diagnostic) {
    let bytes = Array(text.utf8.prefix(Limits.sourceByteCount))
    let (binding, diagnostics) = Parser.parseOverride(SourceFile(path: origin, bytes: bytes))
    if let first = diagnostics.first { throw first }
    guard let binding else { throw Diagnostic("write 'key=value', not '\(text)'", at: nil) }
    (name, value) = (binding.name, binding.value)
  }
}
