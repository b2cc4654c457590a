import Diagnostics

/// Cuts a network file into tokens, comments included. What is no token is reported and left out.
package struct Lexer {
  private let file: SourceFile
  private let bytes: [UInt8]
  private var position = 0
  private var startsLine = true
  private var tokens: [Token] = []
  private var diagnostics: [Diagnostic] = []

  private init(_ file: SourceFile) {
    self.file = file
    bytes = file.bytes
  }

  package static func tokens(of file: SourceFile) -> (tokens: [Token], diagnostics: [Diagnostic]) {
    var lexer = Lexer(file)
    if let offset = invalidUTF8Offset(file.bytes) {
      lexer.diagnostics.append(.invalidUTF8(at: SourceRange(file, offset..<offset + 1)))
      lexer.append(.endOfFile, from: file.bytes.count)
      return (lexer.tokens, lexer.diagnostics)
    }
    lexer.run()
    return (lexer.tokens, lexer.diagnostics)
  }

  private mutating func run() {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    while position < bytes.count, diagnostics.count < Limits.diagnosticCount { scanToken() }
    position = bytes.count
    append(.endOfFile, from: bytes.count)
  }

  private mutating func scanToken() {
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: "\n"):
      position += 1
      startsLine = true
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
      position += 1
    case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
      scanComment()
    case UInt8(ascii: "\""):
      scanString()
    case _ where byte.isDigit:
      scanNumber()
    case _ where byte.isIdentifierStart:
      scanWord()
    default:
      scanPunctuation()
    }
  }

  private func peek(_ distance: Int) -> UInt8? {
    position + distance < bytes.count ? bytes[position + distance] : nil
  }

  private mutating func append(_ kind: Token.Kind, from start: Int) {
    tokens.append(Token(kind: kind, range: start..<max(start, position), startsLine: startsLine))
    startsLine = false
  }

  private mutating func scanComment() {
    let start = position
    while let byte = peek(0), byte != UInt8(ascii: "\n") { position += 1 }
    append(.comment, from: start)
  }

  private mutating func scanWord() {
    let start = position
    while let byte = peek(0), byte.isIdentifierStart || byte.isDigit { position += 1 }
    let keyword = Keyword(rawValue: file.text(start..<position))
    append(keyword.map(Token.Kind.keyword) ?? .identifier, from: start)
  }

  /// `12`, `1_000`, `0.5`, `1e-5`, `2.5e3`. A dot needs a digit behind it, so that `blocks.count` is no number.
  private mutating func scanNumber() {
    let start = position
    var isFloat = false
    skipDigits()
    if peek(0) == UInt8(ascii: "."), peek(1)?.isDigit == true {
      isFloat = true
      position += 1
      skipDigits()
    }
    if let mark = peek(0), mark | 0x20 == UInt8(ascii: "e") {
      let sign = peek(1) == UInt8(ascii: "-") || peek(1) == UInt8(ascii: "+") ? 1 : 0
      if peek(1 + sign)?.isDigit == true {
        isFloat = true
        position += 1 + sign
        skipDigits()
      }
    }
    if let byte = peek(0), byte.isIdentifierStart {
      while let byte = peek(0), byte.isIdentifierStart || byte.isDigit { position += 1 }
      diagnostics.append(.malformedNumber(at: SourceRange(file, start..<position)))
      append(.malformedNumber, from: start)
      return
    }
    append(isFloat ? .float : .integer, from: start)
  }

  private mutating func skipDigits() {
    while let byte = peek(0), byte.isDigit || byte == UInt8(ascii: "_") { position += 1 }
  }

  private mutating func scanString() {
    let start = position
    position += 1
    while let byte = peek(0), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\n") {
      position += byte == UInt8(ascii: "\\") && peek(1) != nil && peek(1) != UInt8(ascii: "\n") ? 2 : 1
    }
    if peek(0) == UInt8(ascii: "\"") {
      position += 1
    } else {
      diagnostics.append(.unterminatedString(at: SourceRange(file, start..<position)))
    }
    append(.string, from: start)
  }

  private mutating func scanPunctuation() {
    let start = position
    if let next = peek(1), let punctuation = Punctuation.byBytes[[bytes[position], next]] {
      position += 2
      append(.punctuation(punctuation), from: start)
    } else if let punctuation = Punctuation.byBytes[[bytes[position]]] {
      position += 1
      append(.punctuation(punctuation), from: start)
    } else {
      position += 1
      while let byte = peek(0), byte & 0xC0 == 0x80 { position += 1 }
      let range = SourceRange(file, start..<position)
      diagnostics.append(.unexpectedCharacter(range.text, at: range))
    }
  }
}

extension Punctuation {
  fileprivate static let byBytes = Dictionary(uniqueKeysWithValues: allCases.map { (Array($0.rawValue.utf8), $0) })
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  fileprivate var isIdentifierStart: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || self == UInt8(ascii: "_")
  }
}

/// The offset of the first byte that is not part of valid UTF-8; nil where all are.
private func invalidUTF8Offset(_ bytes: [UInt8]) -> Int? {
  guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
  var parser = Unicode.UTF8.ForwardParser()
  var iterator = bytes.makeIterator()
  var offset = 0
  while true {
    switch parser.parseScalar(from: &iterator) {
    case .valid(let character): offset += character.count
    case .error: return offset
    case .emptyInput: return nil
    }
  }
}
