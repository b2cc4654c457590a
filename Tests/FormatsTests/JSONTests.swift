import Formats
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    "null", "true", "-1", "0", "9223372036854775807", "-9223372036854775808", "1.5", "[]", "[1,[2,{}],\"a\"]",
    "{\"b\":1,\"a\":2}", "\"tab\\u0009 quote\\\" slash\\\\ é\"",
  ])
  func textSurvivesARoundTrip(_ text: String) throws {
    #expect(try JSONReader.read(Array(text.utf8)).text == text)
  }

  @Test(arguments: [
    (#""\u00e9\n\/""#, "é\n/"), (#""\ud83d\ude00""#, "😀"), (#"" é ""#, " é "),
  ])
  func stringsAreDecoded(_ text: String, _ expected: String) throws {
    #expect(try JSONReader.read(Array(text.utf8)) == .string(expected))
  }

  @Test(arguments: [("1e3", 1000.0), ("-2.5E-1", -0.25), ("0.0", 0)])
  func numbersAreDecoded(_ text: String, _ expected: Double) throws {
    #expect(try JSONReader.read(Array(text.utf8)) == .number(expected))
  }

  @Test(arguments: [
    ("", "expected a value", 0),
    ("nul", "expected a value", 0),
    ("1 2", "expected the end of the text", 2),
    ("01", "a number begins with 0", 2),
    ("1.", "expected digits after the point", 2),
    ("1e", "expected digits of the exponent", 2),
    ("1e999", "number 1e999 is out of range", 5),
    ("9223372036854775808", "integer 9223372036854775808 does not fit 64 bits", 19),
    ("-", "expected a value", 1),
    ("[1,]", "expected a value", 3),
    ("[1", "expected ']'", 2),
    ("{\"a\" 1}", "expected ':'", 5),
    ("{\"a\":1,}", "expected '\"'", 7),
    ("{\"a\":1,\"a\":2}", "key 'a' comes twice", 7),
    ("\"abc", "a string has no closing quote", 4),
    ("\"\\", "a string has no closing quote", 2),
    ("\"\\x\"", "unknown escape in a string", 3),
    ("\"\\u12g4\"", "expected four hexadecimal digits", 5),
    ("\"\\ud800\"", "a surrogate has no partner", 7),
    ("\"\\ud800\\u0041\"", "a surrogate has no partner", 13),
    ("\"\n\"", "a string holds a control character", 1),
    (String(repeating: "[", count: 100_000), "nested deeper than 64 levels", 64),
  ])
  func malformedTextIsRefused(_ text: String, _ message: String, _ byteOffset: Int) {
    check(Array(text.utf8), fails: message, at: byteOffset)
  }

  @Test func invalidUTF8IsRefused() {
    check([0x22, 0xFF, 0x22], fails: "a string is not valid UTF-8", at: 3)
  }

  private func check(
    _ bytes: [UInt8], fails message: String, at byteOffset: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: JSONError.self, sourceLocation: sourceLocation) { try JSONReader.read(bytes) }
    #expect(error?.message == message, sourceLocation: sourceLocation)
    #expect(error?.byteOffset == byteOffset, sourceLocation: sourceLocation)
  }
}
