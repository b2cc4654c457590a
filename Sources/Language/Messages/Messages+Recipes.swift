import Diagnostics

// What can be wrong with recipes. Each message is one function here and has a test.

extension Diagnostic {
  static func unknownRecipe(_ name: Name, known: [String]) -> Diagnostic {
    Diagnostic("there is no recipe '\(name.text)'", at: name.range).suggesting(name.text, among: known)
  }

  static func recipeCycle(_ name: Name, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(name.text)' is made from itself", at: range)
  }

  static func unknownRecipeKey(_ name: Name) -> Diagnostic {
    let known = RecipeKey.allCases.map(\.rawValue)
    return Diagnostic("a recipe has no '\(name.text)'; it has \(known.joined(separator: ", "))", at: name.range)
      .suggesting(name.text, among: known)
  }

  static func unknownRecipeCall(_ callee: Name, of key: RecipeKey, known: [String]) -> Diagnostic {
    Diagnostic("'\(key.rawValue)' has no '\(callee.text)'; it is \(key.expectation)", at: callee.range)
      .suggesting(callee.text, among: known)
  }

  static func recipeValue(_ key: RecipeKey, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(key.rawValue)' is \(key.expectation)", at: range)
  }

  static func recipeNumber(_ parameter: RecipeParameter, of call: RecipeCall?, at range: SourceRange) -> Diagnostic {
    let owner = call.map { " of '\($0.name)'" } ?? ""
    return Diagnostic("'\(parameter.name)'\(owner) is \(parameter.expectation)", at: range)
  }

  static func incompleteRecipe(_ recipe: String, missing: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("the recipe '\(recipe)' lacks \(missing)", at: range)
  }

  static func twoLengths(_ recipe: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("the recipe '\(recipe)' has both 'epochs' and 'iterations'; one is enough", at: range)
  }

  static func recipeUnit(_ call: RecipeCall, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(call.name)' needs either 'epochs:' or 'iterations:'", at: range)
  }

  static func placesDoNotAscend(at range: SourceRange) -> Diagnostic {
    Diagnostic("the places of 'steps' are a list of ascending numbers", at: range)
  }

  static func twoWarmUps(at range: SourceRange) -> Diagnostic {
    Diagnostic("'oneCycle' warms up by itself; leave out 'warmUp', or choose another schedule", at: range)
  }

  static func twoCrops(at range: SourceRange) -> Diagnostic {
    Diagnostic("pictures are cropped once: by 'padAndCrop' or by 'scaleAndCrop'", at: range)
  }

  static func augmentationTwice(_ name: String, at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(name)' stands twice in the list", at: range)
  }

  static func scaleRange(at range: SourceRange) -> Diagnostic {
    Diagnostic("the first number of 'scaleAndCrop' is the smaller side, the second the larger", at: range)
  }

  // MARK: Recipes beside a network

  static func recipeNotFound(_ name: String, of network: String, known: [String]) -> Diagnostic {
    let suggestion = nearestName(to: name, among: known).map { "; did you mean '\($0)'?" }
    let list = known.isEmpty ? "; 'using' names none" : "; it has \(known.joined(separator: ", "))"
    return Diagnostic("'\(network)' has no recipe '\(name)'\(suggestion ?? list)", at: nil)
  }

  static func noRecipe(of network: String) -> Diagnostic {
    Diagnostic("'\(network)' has no recipe; declare one and name it after 'using'", at: nil)
  }

  static func recipeHeads(_ recipe: String, given: Int, expected: Int, at range: SourceRange) -> Diagnostic {
    let found = count(given, "auxiliary weight")
    return Diagnostic(
      "'\(recipe)' has \(found), and the network has \(count(expected, "output")) after the first", at: range)
  }

  static func unknownScope(_ scope: String, of recipe: String, known: [String], at range: SourceRange) -> Diagnostic {
    Diagnostic("'\(recipe)' freezes '\(scope)', and the network has no parameters of that name", at: range)
      .suggestingInText(scope, among: known)
  }
}

extension Diagnostic {
  /// A did-you-mean without a fix-it: the name does not stand at the diagnostic's place.
  fileprivate func suggestingInText(_ name: String, among known: [String]) -> Diagnostic {
    guard let suggestion = nearestName(to: name, among: known) else { return self }
    var diagnostic = self
    diagnostic.message += "; did you mean '\(suggestion)'?"
    return diagnostic
  }
}

extension RecipeKey {
  fileprivate var expectation: String {
    switch content {
    case .number(let parameter): parameter.expectation
    case .call(let calls): calls.map(\.name).alternatives
    case .calls(let calls): "a list of \(calls.map(\.name).alternatives), such as [padAndCrop(4), mirror]"
    case .texts: "a list of names in quotes, such as [\"conv1\", \"layer1\"]"
    }
  }
}

extension RecipeParameter {
  var expectation: String {
    switch kind {
    case .int: "an Int \(bounds.text)"
    case .float: "a number \(bounds.text)"
    case .ints: "a list of Ints \(bounds.text)"
    case .floats: "a list of numbers \(bounds.text)"
    case .bool, .bools, .block: kind.rawValue
    }
  }
}

extension RecipeParameter.Bounds {
  fileprivate var text: String {
    switch self {
    case .from(let lower, .infinity): "of at least \(short(lower))"
    case .from(let lower, let upper): "from \(short(lower)) to \(short(upper))"
    case .above(let lower, let upper): "above \(short(lower)), at most \(short(upper))"
    case .fraction: "from 0 to below 1"
    }
  }

  private func short(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? "\(number)"
  }
}

extension [String] {
  /// `a, b or c`.
  fileprivate var alternatives: String {
    guard let last, count > 1 else { return first ?? "" }
    return "\(dropLast().joined(separator: ", ")) or \(last)"
  }
}
