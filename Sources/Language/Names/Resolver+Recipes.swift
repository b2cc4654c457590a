import Diagnostics

extension Resolver {
  mutating func resolve(_ recipe: RecipeDeclaration) {
    if let base = recipe.base { resolve(base, of: recipe) }
    var seen: [String: SourceRange] = [:]
    for entry in recipe.entries {
      if let previous = seen.updateValue(entry.name.range, forKey: entry.name.text) {
        report(.alreadyBound(entry.name, previous: previous))
      }
      guard let key = RecipeKey(rawValue: entry.name.text) else {
        report(.unknownRecipeKey(entry.name))
        continue
      }
      resolve(entry.value, of: key)
    }
  }

  private mutating func resolve(_ base: Name, of recipe: RecipeDeclaration) {
    guard scope.recipes[base.text] != nil else {
      if !scope.brokenNames.contains(base.text) { report(.unknownRecipe(base, known: Array(scope.recipes.keys))) }
      return
    }
    var seen: Set<String> = []
    var next = scope.recipes[base.text]
    while let current = next, seen.insert(current.name.text).inserted {
      if current.name.text == recipe.name.text {
        report(.recipeCycle(recipe.name, at: base.range))
        return
      }
      next = current.base.flatMap { scope.recipes[$0.text] }
    }
  }

  private mutating func resolve(_ value: Expression, of key: RecipeKey) {
    if case .missing = value.kind { return }
    switch (key.content, value.kind) {
    case (.number, _): resolve(value, as: .value)
    case (.call(let calls), _): resolve(value, as: calls, of: key)
    case (.calls(let calls), .list(let elements)):
      for element in elements { resolve(element, as: calls, of: key) }
    case (.texts, .list(let elements)) where elements.allSatisfy(\.isText): break
    default: report(.recipeValue(key, at: value.range))
    }
  }

  private mutating func resolve(_ value: Expression, as calls: [RecipeCall], of key: RecipeKey) {
    guard let call = value.asCall else {
      report(.recipeValue(key, at: value.range))
      return
    }
    if let closure = call.closure { report(.unexpectedClosure(call.callee.text, at: closure.body.range)) }
    guard let meant = calls.first(where: { $0.name == call.callee.text }) else {
      report(.unknownRecipeCall(call.callee, of: key, known: calls.map(\.name)))
      return
    }
    let (_, problems) = matchArguments(call.arguments, to: meant.signature, form: .complete, at: call.callee.range)
    for problem in problems { report(problem) }
    for argument in call.arguments { resolve(argument.value, as: .value) }
  }
}

extension Expression {
  var isText: Bool { if case .string = kind { true } else { false } }

  /// A call, or a name as a call without arguments; nil for anything else.
  var asCall: Call? {
    switch kind {
    case .call(let call): call
    case .name(let name): Call(callee: Name(text: name, range: range), arguments: [])
    default: nil
    }
  }
}
