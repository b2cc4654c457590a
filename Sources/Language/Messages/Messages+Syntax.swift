import Diagnostics

// What can be wrong with how a file is written. Each message is one function here and has a test.

extension Diagnostic {
  static func invalidUTF8(at range: SourceRange) -> Diagnostic {
    Diagnostic("this byte is not valid UTF-8; save the file as UTF-8 text", at: range)
  }

  static func unexpectedCharacter(_ text: String, at range: SourceRange) -> Diagnostic {
    let shown = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? "'\(text)'" : "control"
    let advice =
      switch text {
      case "&": "write 'and'"
      case "|": "write 'or'"
      case "!": "write 'not'"
      case "'": "text stands in double quotes"
      case "#": "comments begin with '//'"
      default: "names are made of ASCII letters, digits and '_'"
      }
    return Diagnostic("unexpected \(shown) character; \(advice)", at: range)
  }

  static func malformedNumber(at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(range.text)' is neither a number nor a name", at: range)
  }

  static func numberTooLarge(at range: SourceRange) -> Diagnostic {
    Diagnostic("the number \(range.text) is too large", at: range)
  }

  static func unterminatedString(at range: SourceRange) -> Diagnostic {
    Diagnostic("this text has no closing '\"' on its line", at: range)
  }

  static func unknownEscape(at range: SourceRange) -> Diagnostic {
    Diagnostic(#"unknown escape in text; there are \n, \t, \" and \\"#, at: range)
  }

  static func expected(_ expected: String, found: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("expected \(expected), found \(found)", at: range)
  }

  static func expectedClosing(
    _ closing: String, found: String, at range: SourceRange, opening: SourceRange
  ) -> Diagnostic {
    Diagnostic(
      "expected '\(closing)', found \(found)", at: range,
      notes: [.init("to close this '\(opening.text)'", at: opening)])
  }

  static func assignedArgument(_ name: String, at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "arguments are given as '\(name): value'", at: range,
      fixIts: [.init("replace '=' with ':'", replacing: range, with: ":")])
  }

  static func expectedDeclaration(found: String, suggestion: String?, at range: SourceRange) -> Diagnostic {
    var diagnostic = Diagnostic(
      "expected import, block, network, preprocessing, labels or recipe, found \(found)", at: range)
    if let suggestion {
      diagnostic.message += "; did you mean '\(suggestion)'?"
      diagnostic.fixIts = [.init("replace with '\(suggestion)'", replacing: range, with: suggestion)]
    }
    return diagnostic
  }

  static func nestedTooDeeply(at range: SourceRange) -> Diagnostic {
    Diagnostic("this nests too deeply (more than \(Limits.nestingDepth) levels); name parts of it", at: range)
  }

  static func tooManyDeclarations(at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "more than \(Limits.declarationCount) declarations; put some in a file of their own and import it", at: range)
  }

  static func tooManyParameters(at range: SourceRange) -> Diagnostic {
    Diagnostic("more than \(Limits.parameterCount) parameters; give related ones as a list", at: range)
  }

  static func chainedComparison(at range: SourceRange) -> Diagnostic {
    Diagnostic("comparisons do not chain; join two with 'and'", at: range)
  }

  static func unknownType(_ text: String, at range: SourceRange) -> Diagnostic {
    let known = ValueKind.allCases.map(\.rawValue)
    let suggestion = nearestName(to: text, among: known).map { "; did you mean '\($0)'?" } ?? ""
    return Diagnostic(
      "unknown type '\(text)'; there are \(known.joined(separator: ", ")), Tensor and f32[N, …]\(suggestion)",
      at: range)
  }

  static func missingReturn(in name: Name) -> Diagnostic {
    Diagnostic("'\(name.text)' returns nothing; end its body with 'return'", at: name.range)
  }

  static func missingResult(at range: SourceRange) -> Diagnostic {
    Diagnostic("these braces have no value; end them with an expression", at: range)
  }

  static func unexpectedReturn(at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "only a block or a network returns; the value of these braces is their last expression", at: range,
      fixIts: [.init("remove 'return'", replacing: range, with: "")])
  }

  static func statementAfterResult(at range: SourceRange) -> Diagnostic {
    Diagnostic("nothing can follow the value of a body", at: range)
  }

  static func blockReturnsSeveral(at range: SourceRange) -> Diagnostic {
    Diagnostic("a block returns one value; only networks have several outputs", at: range)
  }

  static func outputCountDiffers(declared: Int, returned: Int, at range: SourceRange) -> Diagnostic {
    Diagnostic("the network declares \(count(declared, "output")) and returns \(returned)", at: range)
  }
}

/// `1 output`, `2 outputs`.
func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
