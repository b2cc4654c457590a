import Foundation

/// A C identifier made of any text: letters, digits and underscores, the same for the same text. Not a keyword and
/// not a name that C reserves.
package func cIdentifier(_ text: String) -> String {
  let identifier = String(
    text.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)) ? Character(scalar) : "_"
    })
  let startsWell = identifier.first.map { $0.isLetter } ?? false
  return startsWell && !cKeywords.contains(identifier) ? identifier : "model_" + identifier
}

/// The keywords of C and C++ that a model could be called.
private let cKeywords: Set<String> = [
  "alignas", "alignof", "and", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "class",
  "compl", "concept", "const", "consteval", "constexpr", "constinit", "continue", "decltype", "default", "delete",
  "do", "double", "else", "enum", "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if",
  "inline", "int", "long", "main", "mutable", "namespace", "new", "noexcept", "not", "nullptr", "operator", "or",
  "private", "protected", "public", "register", "requires", "restrict", "return", "short", "signed", "sizeof",
  "static", "struct", "switch", "template", "this", "throw", "true", "try", "typedef", "typeid", "typename", "typeof",
  "union", "unsigned", "using", "virtual", "void", "volatile", "while", "xor",
]

/// A C string literal with the text's UTF-8.
func cLiteral(_ text: String) -> String {
  var literal = "\""
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "?"):
      literal += "\\" + String(UnicodeScalar(byte))
    case 0x20..<0x7F:
      literal += String(UnicodeScalar(byte))
    default:
      // Three digits, so that a digit that follows is not taken for part of it.
      let octal = String(byte, radix: 8)
      literal += "\\" + String(repeating: "0", count: 3 - octal.count) + octal
    }
  }
  return literal + "\""
}

/// A C constant that has the number's exact value.
func cLiteral(_ number: Double) -> String {
  String(format: "%a", number)
}

/// `static const TYPE NAME[] = {...};`, with one element that is not used where there are none.
func cArray(_ type: String, _ name: String, _ elements: [String], placeholder: String = "{0}") -> String {
  let elements = elements.isEmpty ? [placeholder] : elements
  return "static const \(type) \(name)[] = {\n" + elements.map { "    \($0),\n" }.joined() + "};\n\n"
}
