import OrderedCollections

/// What is wrong with a JSON text, and at which byte.
package struct JSONError: Error, Hashable, Sendable {
  package var message: String
  package var byteOffset: Int
}

/// A strict reader of JSON (RFC 8259) for text that nobody vouches for: nesting is limited, a key that comes twice
/// is an error, integers are exact or refused, and nothing may follow the value.
package struct JSONReader {
  private let bytes: [UInt8]
  private var offset = 0
  private var depth = 0
  private let maximumDepth: Int

  private init(_ bytes: [UInt8], maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  /// The value that `bytes` holds, surrounded by nothing but white space.
  package static func read(_ bytes: [UInt8], maximumDepth: Int = 64) throws(JSONError) -> JSONValue {
    var reader = JSONReader(bytes, maximumDepth: maximumDepth)
    let value = try reader.value()
    reader.skipSpace()
    guard reader.offset == bytes.count else { throw reader.error("expected the end of the text") }
    return value
  }

  private func error(_ message: String) -> JSONError { JSONError(message: message, byteOffset: offset) }

  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
  }

  /// Steps over `character`, if it comes next.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
    guard take(character) else { throw error("expected '\(character)'") }
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested { reader throws(JSONError) in try reader.object() }
    case UInt8(ascii: "["): return try nested { reader throws(JSONError) in try reader.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func nested(
    _ body: (inout JSONReader) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depth < maximumDepth else { throw error("nested deeper than \(maximumDepth) levels") }
    depth += 1
    offset += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[offset...].starts(with: word.utf8) else { throw error("expected a value") }
    offset += word.utf8.count
    return value
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    var members: OrderedDictionary<String, JSONValue> = [:]
    skipSpace()
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      let start = offset
      let key = try string()
      skipSpace()
      try expect(":")
      let value = try value()
      guard members.updateValue(value, forKey: key) == nil else {
        throw JSONError(message: "key '\(key)' comes twice", byteOffset: start)
      }
      skipSpace()
    } while take(",")
    try expect("}")
    return .object(members)
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    skipSpace()
    if take("]") { return .array(elements) }
    repeat {
      elements.append(try value())
      skipSpace()
    } while take(",")
    try expect("]")
    return .array(elements)
  }
}

extension JSONReader {
  private mutating func string() throws(JSONError) -> String {
    try expect("\"")
    var scalars: [UInt8] = []
    while true {
      guard let byte = next else { throw error("a string has no closing quote") }
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        guard let string = String(validating: scalars, as: UTF8.self) else {
          throw error("a string is not valid UTF-8")
        }
        return string
      case UInt8(ascii: "\\"):
        offset += 1
        scalars.append(contentsOf: String(try escape()).utf8)
      case 0..<0x20: throw error("a string holds a control character")
      default:
        offset += 1
        scalars.append(byte)
      }
    }
  }

  /// What follows a backslash.
  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    guard let byte = next else { throw error("a string has no closing quote") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try escapedScalar()
    default: throw error("unknown escape in a string")
    }
  }

  /// The scalar of `\uXXXX`, or of a surrogate pair of two of them.
  private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
    let first = try hexadecimalUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), take("\\"), take("u") else { throw error("a surrogate has no partner") }
    let second = try hexadecimalUnit()
    guard UTF16.isTrailSurrogate(second) else { throw error("a surrogate has no partner") }
    return UTF16.decode(UTF16.EncodedScalar([first, second]))
  }

  private mutating func hexadecimalUnit() throws(JSONError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("expected four hexadecimal digits")
      }
      unit = unit << 4 | UInt16(digit)
      offset += 1
    }
    return unit
  }

  /// `-`? digits, with an optional fraction and exponent; no leading zeros.
  private mutating func number() throws(JSONError) -> JSONValue {
    let start = offset
    _ = take("-")
    let firstDigit = next
    let wholeDigits = digits()
    guard wholeDigits > 0 else { throw error("expected a value") }
    guard wholeDigits == 1 || firstDigit != UInt8(ascii: "0") else { throw error("a number begins with 0") }
    var isInteger = true
    if take(".") {
      isInteger = false
      guard digits() > 0 else { throw error("expected digits after the point") }
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      guard digits() > 0 else { throw error("expected digits of the exponent") }
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger {
      guard let value = Int(text) else { throw error("integer \(text) does not fit 64 bits") }
      return .integer(value)
    }
    guard let value = Double(text), value.isFinite else { throw error("number \(text) is out of range") }
    return .number(value)
  }

  /// Steps over digits and returns how many there were.
  private mutating func digits() -> Int {
    let start = offset
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    return offset - start
  }
}
