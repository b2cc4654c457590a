import Diagnostics

// What can be wrong with files, names and the shape of calls. Each message is one function here and has a test.

// MARK: - Files

extension Diagnostic {
  static func unreadableFile(_ path: String, _ error: FileAccessError, at range: SourceRange?) -> Diagnostic {
    Diagnostic("cannot read '\(path)': \(error.message)", at: range)
  }

  static func tooManyImports(at range: SourceRange) -> Diagnostic {
    Diagnostic("more than \(Limits.importedFileCount) files are imported", at: range)
  }

  static func importCycle(_ path: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(path)' imports this file, directly or through others; imports cannot go in a circle", at: range)
  }
}

// MARK: - Declarations

extension Diagnostic {
  static func alreadyDeclared(_ name: Name, previous: SourceRange) -> Diagnostic {
    Diagnostic(
      "'\(name.text)' is declared twice", at: name.range, notes: [.init("it is declared here first", at: previous)])
  }

  static func ambiguousImport(_ name: Name, other: SourceRange, in file: SourceFile) -> Diagnostic {
    Diagnostic(
      "'\(name.text)' comes from two files that '\(file.path)' imports", at: name.range,
      notes: [.init("the other is here", at: other)])
  }

  static func alreadyBound(_ name: Name, previous: SourceRange) -> Diagnostic {
    Diagnostic(
      "'\(name.text)' already has a value, and values do not change; choose another name", at: name.range,
      notes: [.init("it gets its value here", at: previous)])
  }

  static func reservedName(_ name: Name) -> Diagnostic {
    Diagnostic("'\(name.text)' has a meaning of its own; choose another name", at: name.range)
  }

  static func shapeOfBlockParameter(_ name: String, at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "the shape of a block's tensor comes from its call; write '\(name)' alone, and read '\(name).channels'",
      at: range)
  }

  static func networkWithoutInput(_ name: Name) -> Diagnostic {
    Diagnostic("'\(name.text)' has no input; give it one such as 'image: f32[N, 3, 224, 224]'", at: name.range)
  }

  static func unknownNetwork(_ name: Name, known: [String]) -> Diagnostic {
    Diagnostic("there is no network '\(name.text)'", at: name.range).suggesting(name.text, among: known)
  }

  static func aliasCycle(_ name: Name, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(name.text)' is made from itself, or from no network in the end", at: range)
  }

  static func aliasArgumentWithoutLabel(at range: SourceRange) -> Diagnostic {
    Diagnostic("these arguments set parameters by name; write 'name: value'", at: range)
  }

  static func unknownParameter(_ label: Name, of name: String, known: [String]) -> Diagnostic {
    Diagnostic("'\(name)' has no parameter '\(label.text)' to set", at: label.range)
      .suggestingOrListing(label.text, among: known)
  }

  static func defaultOfTensor(_ name: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(name)' is a tensor and cannot have a default", at: range)
  }

  static func parameterCycle(_ name: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("the default of '\(name)' depends on itself; give one of the parameters a value", at: range)
  }

  static func unknownDimension(_ name: String, known: [String], at range: SourceRange) -> Diagnostic {
    Diagnostic("unknown size '\(name)'; a size is N, a number, or a parameter of the network", at: range)
      .suggesting(name, among: known)
  }

  static func unknownCompanion(_ name: Name, known: [String]) -> Diagnostic {
    Diagnostic("there is no preprocessing, labels or recipe '\(name.text)'", at: name.range)
      .suggesting(name.text, among: known)
  }

  static func companionTakesNoArguments(_ name: Name, at range: SourceRange) -> Diagnostic {
    Diagnostic("only a preprocessing takes arguments; '\(name.text)' is none", at: range)
  }

  static func unknownPreprocessingKey(_ name: Name) -> Diagnostic {
    let known = PreprocessingKey.allCases.map(\.rawValue)
    return Diagnostic(
      "preprocessing has no '\(name.text)'; it has \(known.joined(separator: ", "))", at: name.range
    ).suggesting(name.text, among: known)
  }

  static func recursion(_ name: Name, at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "'\(name.text)' is used inside itself, and would never end; repeat blocks with 'stack'", at: range,
      notes: [.init("'\(name.text)' is declared here", at: name.range)])
  }
}

// MARK: - Uses of names

extension Diagnostic {
  static func unknownValue(
    _ name: String, known: [String], boundLater: SourceRange?, at range: SourceRange
  ) -> Diagnostic {
    if let boundLater {
      return Diagnostic(
        "'\(name)' is used before it has a value", at: range, notes: [.init("it gets its value here", at: boundLater)])
    }
    return Diagnostic("unknown value '\(name)'", at: range).suggesting(name, among: known)
  }

  static func unknownFunction(_ name: String, known: [String], at range: SourceRange) -> Diagnostic {
    let diagnostic = Diagnostic("unknown function or block '\(name)'", at: range)
    return diagnostic.suggesting(functionMeant(by: name, among: known))
  }

  static func unusedBinding(_ name: String, at range: SourceRange) -> Diagnostic {
    Diagnostic(.warning, "'\(name)' is never used", at: range)
  }

  static func functionAsValue(_ name: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(name)' is a function; call it, as in '\(name)(x)'", at: range)
  }

  static func valueAsFunction(_ name: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(name)' is a value, not a function or block", at: range)
  }

  static func networkAsFunction(_ name: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(name)' is a network and cannot be used inside another; make it a block", at: range)
  }

  static func batchOutsideShape(at range: SourceRange) -> Diagnostic {
    Diagnostic("N, the batch size, is known only when the network runs; it stands in the shape of an input", at: range)
  }

  static func unexpectedString(at range: SourceRange) -> Diagnostic {
    Diagnostic("text stands only in imports, labels and recipes", at: range)
  }

  static func missingElse(at range: SourceRange) -> Diagnostic {
    Diagnostic("this 'if' needs an 'else'; only 'if training' can do without", at: range)
  }
}

// MARK: - Calls

extension Diagnostic {
  static func unknownLabel(_ label: Name, of signature: Signature) -> Diagnostic {
    let known = signature.parameters.map(\.name)
    return Diagnostic("'\(signature.name)' has no parameter '\(label.text)'", at: label.range, notes: signature.notes)
      .suggestingOrListing(label.text, among: known)
  }

  static func tooManyArguments(of signature: Signature, at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "'\(signature.name)' takes \(count(signature.parameters.count, "argument")); this is one too many", at: range,
      notes: signature.notes)
  }

  static func missingLabel(_ name: String, of signature: Signature, at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "'\(signature.name)' takes this argument by name: '\(name):'", at: range,
      fixIts: [.init("insert '\(name): '", replacing: range.startPoint, with: "\(name): ")])
  }

  static func duplicateArgument(_ name: String, at range: SourceRange, previous: SourceRange) -> Diagnostic {
    Diagnostic("'\(name)' is given twice", at: range, notes: [.init("it is given here first", at: previous)])
  }

  static func missingArguments(_ missing: [Int], of signature: Signature, at range: SourceRange) -> Diagnostic {
    let names = missing.map { index in
      let parameter = signature.parameters[index]
      return "'\(parameter.name)\(parameter.isLabelled ? ":" : "")' (\(parameter.kind.description))"
    }
    return Diagnostic(
      "'\(signature.name)' needs \(names.joined(separator: " and "))", at: range, notes: signature.notes)
  }

  static func unexpectedClosure(_ name: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(name)' takes no braces; only 'stack' repeats what stands in them", at: range)
  }

  static func malformedStack(at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "write a stack as 'stack(count, x) { i, x in … }', or after '|>' as 'stack(count) { i, x in … }'", at: range)
  }

  static func closureParameters(at range: SourceRange) -> Diagnostic {
    Diagnostic("a stack gives its braces two values: the index of the block and its input, '{ i, x in … }'", at: range)
  }
}

extension Signature {
  fileprivate var notes: [Diagnostic.Note] {
    declaration.map { [Diagnostic.Note("'\(name)' is declared here", at: $0)] } ?? []
  }
}

extension Diagnostic {
  /// Adds a did-you-mean with its fix-it where a known name is near. The diagnostic's range is that of the name.
  func suggesting(_ name: String, among known: [String]) -> Diagnostic {
    suggesting(nearestName(to: name, among: known))
  }

  /// A did-you-mean as `suggesting` adds it, or else all of the few names that are known.
  fileprivate func suggestingOrListing(_ name: String, among known: [String]) -> Diagnostic {
    var diagnostic = suggesting(name, among: known)
    if diagnostic.fixIts.isEmpty, !known.isEmpty {
      diagnostic.message += "; it has \(known.joined(separator: ", "))"
    }
    return diagnostic
  }

  /// Adds a did-you-mean with its fix-it, where there is something to suggest.
  func suggesting(_ suggestion: String?) -> Diagnostic {
    guard let range, let suggestion else { return self }
    var diagnostic = self
    diagnostic.message += "; did you mean '\(suggestion)'?"
    diagnostic.fixIts.append(.init("replace with '\(suggestion)'", replacing: range, with: suggestion))
    return diagnostic
  }
}
