/// A place in a text as editors count: both from 1, columns in characters (a tab is one).
package struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package var description: String { "\(line):\(column)" }
}

extension SourceFile {
  /// The location of the byte at `offset`; offsets beyond the end are taken as the end.
  package func location(of offset: Int) -> SourceLocation {
    let offset = min(max(offset, 0), bytes.count)
    let line = lineIndex(of: offset)
    let prefix = bytes[lineStarts[line]..<offset]
    return SourceLocation(line: line + 1, column: String(decoding: prefix, as: UTF8.self).count + 1)
  }

  /// The index from 0 of the line that holds the byte at `offset`.
  package func lineIndex(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// The bytes of the line of index `line`, without its end.
  package func bytesOfLine(_ line: Int) -> Range<Int> {
    let start = lineStarts[line]
    var end = line + 1 < lineStarts.count ? lineStarts[line + 1] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<end
  }

  package func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }
}

extension SourceRange {
  package var text: String { file.text(bytes) }
  package var start: SourceLocation { file.location(of: bytes.lowerBound) }

  /// The empty range before this one, for insertions.
  package var startPoint: SourceRange { SourceRange(file, bytes.lowerBound..<bytes.lowerBound) }
  /// The empty range after this one.
  package var endPoint: SourceRange { SourceRange(file, bytes.upperBound..<bytes.upperBound) }

  /// From the start of this range to the end of `other`, which is in the same file.
  package func joined(to other: SourceRange) -> SourceRange {
    let lower = min(bytes.lowerBound, other.bytes.lowerBound)
    return SourceRange(file, lower..<max(bytes.upperBound, other.bytes.upperBound))
  }
}
