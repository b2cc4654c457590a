import Diagnostics

/// Splits a printed graph into tokens. White space and `//` comments separate tokens and mean nothing else.
struct GraphLexer {
  enum Token: Hashable {
    /// A keyword, an op, an attribute, a bare name.
    case word(String)
    case int(Int)
    case float(Double)
    case string(String)
    /// `%7`
    case value(Int)
    /// `@conv1.weight`, or `@"…"`
    case parameter(String)
    /// One of `( ) { } [ ] : , =`
    case punctuation(UInt8)
    /// `->`
    case arrow
    case end
  }

  private let file: SourceFile
  private var offset = 0

  init(_ file: SourceFile) { self.file = file }

  static func isWordStart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
    default: false
    }
  }

  static func isWordPart(_ byte: UInt8) -> Bool { isWordStart(byte) || isDigit(byte) || byte == UInt8(ascii: ".") }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  /// The next token and where it stands.
  mutating func next() throws(Diagnostic) -> (token: Token, range: SourceRange) {
    skipSpace()
    let start = offset
    let token = try scan()
    return (token, SourceRange(file, start..<offset))
  }

  private var current: UInt8? { offset < file.bytes.count ? file.bytes[offset] : nil }

  private func peek(_ distance: Int) -> UInt8? {
    offset + distance < file.bytes.count ? file.bytes[offset + distance] : nil
  }

  private mutating func skipSpace() {
    while let byte = current {
      if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "/") {
        while let byte = current, byte != UInt8(ascii: "\n") { offset += 1 }
      } else if byte == UInt8(ascii: " ") || (9...13).contains(byte) {
        offset += 1
      } else {
        return
      }
    }
  }

  private mutating func scan() throws(Diagnostic) -> Token {
    guard let byte = current else { return .end }
    switch byte {
    case UInt8(ascii: "%"):
      offset += 1
      return .value(try number())
    case UInt8(ascii: "@"):
      offset += 1
      return .parameter(current == UInt8(ascii: "\"") ? try string() : takeWhile(Self.isWordPart))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-") where peek(1) == UInt8(ascii: ">"):
      offset += 2
      return .arrow
    case UInt8(ascii: "-"): return try numeral()
    case _ where Self.isDigit(byte): return try numeral()
    case _ where Self.isWordStart(byte): return word()
    case _ where "(){}[]:,=".utf8.contains(byte):
      offset += 1
      return .punctuation(byte)
    default:
      throw fault("a graph cannot hold the byte \(byte) here", from: offset, to: offset + 1)
    }
  }

  private mutating func takeWhile(_ belongs: (UInt8) -> Bool) -> String {
    let start = offset
    while let byte = current, belongs(byte) { offset += 1 }
    return String(decoding: file.bytes[start..<offset], as: UTF8.self)
  }

  /// A bare word; `inf` and `nan` are numbers.
  private mutating func word() -> Token {
    let text = takeWhile(Self.isWordPart)
    switch text {
    case "inf": return .float(.infinity)
    case "nan": return .float(.nan)
    default: return .word(text)
    }
  }

  /// Digits.
  private mutating func number() throws(Diagnostic) -> Int {
    let start = offset
    guard let value = Int(takeWhile(Self.isDigit)) else {
      throw fault("expected a number that fits 64 bits", from: start, to: max(offset, start + 1))
    }
    return value
  }

  /// An integer, or a floating-point number in Swift's notation.
  private mutating func numeral() throws(Diagnostic) -> Token {
    let start = offset
    if current == UInt8(ascii: "-") { offset += 1 }
    var text = takeWhile { Self.isWordPart($0) }
    // The sign of an exponent.
    if let last = text.utf8.last, last | 0x20 == UInt8(ascii: "e"),
      current == UInt8(ascii: "-") || current == UInt8(ascii: "+")
    {
      offset += 1
      _ = takeWhile(Self.isDigit)
    }
    text = String(decoding: file.bytes[start..<offset], as: UTF8.self)
    if let value = Int(text) { return .int(value) }
    let isDecimal = text.utf8.dropFirst().contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    if isDecimal || text == "-inf", let value = Double(text) { return .float(value) }
    throw fault("'\(text)' is not a number that fits 64 bits", from: start, to: offset)
  }

  private mutating func string() throws(Diagnostic) -> String {
    let start = offset
    offset += 1
    var bytes: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "\n") {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw fault("a string must be UTF-8", from: start, to: offset)
        }
        return text
      case UInt8(ascii: "\\"): bytes.append(try escape())
      default: bytes.append(byte)
      }
    }
    throw fault("this string has no closing quote", from: start, to: offset)
  }

  private mutating func escape() throws(Diagnostic) -> UInt8 {
    let escaped = current
    offset += 1
    switch escaped {
    case UInt8(ascii: "n"): return UInt8(ascii: "\n")
    case UInt8(ascii: "r"): return UInt8(ascii: "\r")
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): return escaped ?? 0
    default: throw fault(#"a string's escapes are \n, \r, \" and \\"#, from: offset - 2, to: offset)
    }
  }

  private func fault(_ message: String, from start: Int, to end: Int) -> Diagnostic {
    Diagnostic(.error, message, at: SourceRange(file, start..<min(max(end, start), file.bytes.count)))
  }
}
