/// A text from outside, with what is needed to point into it.
package final class SourceFile: Sendable, Hashable {
  /// The name that people see: the path as they gave it.
  package let path: String
  package let bytes: [UInt8]
  /// Byte offset of each line's first byte.
  package let lineStarts: [Int]

  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
    lineStarts = starts
  }

  package static func == (a: SourceFile, b: SourceFile) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// A range of bytes in a source file.
package struct SourceRange: Hashable, Sendable {
  package var file: SourceFile
  package var bytes: Range<Int>

  package init(_ file: SourceFile, _ bytes: Range<Int>) {
    self.file = file
    self.bytes = bytes
  }
}
