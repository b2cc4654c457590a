import Diagnostics
import GraphIR

extension Elaborator {
  /// Adds the recipes that `using` names, those of the outermost alias first.
  mutating func addRecipes(_ plan: NetworkPlan, to network: inout Network) throws(Abort) {
    for companions in plan.companionsByDeclaration.reversed() {
      for (companion, scope) in companions {
        guard let declaration = scope.recipes[companion.name.text] else { continue }
        guard !network.recipes.contains(where: { $0.name == declaration.name.text }) else { continue }
        guard let recipe = try evaluate(declaration) else { continue }
        check(recipe, of: plan, at: companion.name.range)
        network.recipes.append(recipe)
      }
    }
  }

  private mutating func evaluate(_ declaration: RecipeDeclaration) throws(Abort) -> Recipe? {
    let outer = frame
    defer { frame = outer }
    var content = RecipeContent()
    var isComplete = true
    for entry in module.entries(of: declaration) {
      guard let key = RecipeKey(rawValue: entry.name.text) else { continue }
      frame = Frame(scope: module.scopes[entry.name.range.file] ?? FileScope(), path: "")
      if !(try evaluate(entry, as: key, into: &content)) { isComplete = false }
    }
    return isComplete ? makeRecipe(declaration.name, content) : nil
  }

  /// False, after a report, where the entry has no value.
  private mutating func evaluate(
    _ entry: Binding, as key: RecipeKey, into content: inout RecipeContent
  ) throws(Abort) -> Bool {
    switch (key.content, entry.value.kind) {
    case (.number(let parameter), _):
      let argument = ArgumentValue(content: .value(try evaluate(entry.value)), range: entry.value.range)
      guard let value = number(argument, as: parameter, of: nil) else { return false }
      content.numbers[key] = value
    case (.call(let calls), _):
      guard let call = try evaluate(entry.value, as: calls) else { return false }
      content.calls[key] = [call]
    case (.calls(let calls), .list(let elements)):
      for element in elements {
        guard let call = try evaluate(element, as: calls) else { return false }
        content.calls[key, default: []].append(call)
      }
    case (.texts, .list(let elements)):
      content.texts = elements.compactMap { if case .string(let text) = $0.kind { text } else { nil } }
    default: return false  // The resolver has reported it.
    }
    return true
  }

  private mutating func evaluate(_ expression: Expression, as calls: [RecipeCall]) throws(Abort) -> EvaluatedCall? {
    guard let call = expression.asCall, let meant = calls.first(where: { $0.name == call.callee.text }) else {
      return nil
    }
    let (matches, problems) = matchArguments(
      call.arguments, to: meant.signature, form: .complete, at: call.callee.range)
    guard problems.isEmpty, let arguments = try evaluate(matches, of: meant.signature) else { return nil }
    var result = EvaluatedCall(call: meant, range: expression.range)
    for (index, values) in arguments {
      guard let argument = values.first else { continue }
      guard let value = number(argument, as: meant.parameters[index], of: meant) else { return nil }
      result.values[meant.parameters[index].name] = value
      result.ranges[meant.parameters[index].name] = argument.range
    }
    return result
  }

  /// The value in the parameter's kind and bounds; nil, after a report, where it is not.
  private mutating func number(
    _ argument: ArgumentValue, as parameter: RecipeParameter, of call: RecipeCall?
  ) -> Value? {
    guard case .value(let value) = argument.content, !value.isPoison else { return nil }
    guard let converted = value.converted(to: .value(parameter.kind)),
      converted.numbers.allSatisfy(parameter.bounds.contains)
    else {
      report(.recipeNumber(parameter, of: call, at: argument.range))
      return nil
    }
    return converted
  }
}

// MARK: - Beside the network

extension Elaborator {
  private mutating func check(_ recipe: Recipe, of plan: NetworkPlan, at range: SourceRange) {
    let graph = builder.graph
    // Heads and scopes may exist in training alone.
    guard graph.outputs.count == plan.body.results.count else { return }
    let headCount = graph.outputs.count - 1
    if !recipe.auxiliaryWeights.isEmpty, recipe.auxiliaryWeights.count != headCount {
      report(.recipeHeads(recipe.name, given: recipe.auxiliaryWeights.count, expected: headCount, at: range))
      return
    }
    let names = graph.parameters.map(\.name)
    if let scope = recipe.frozenScopes.first(where: { scope in !names.contains { $0.isName(under: scope) } }) {
      report(.unknownScope(scope, of: recipe.name, known: names.flatMap(\.scopes), at: range))
    }
  }
}

extension String {
  /// A parameter's name without its last parts: `layer1.0.conv1` and `layer1.0` and `layer1`.
  fileprivate var scopes: [String] {
    let parts = split(separator: ".")
    return (1..<max(parts.count, 1)).map { parts.prefix($0).joined(separator: ".") }
  }
}

extension Module {
  /// A recipe's entries with those of its bases, each key once.
  fileprivate func entries(of declaration: RecipeDeclaration) -> [Binding] {
    var entries: [Binding] = []
    var seen: Set<String> = []
    var names: Set<SourceRange> = []
    var next: RecipeDeclaration? = declaration
    while let recipe = next, names.insert(recipe.name.range).inserted {
      let own = recipe.entries.filter { !seen.contains($0.name.text) }
      entries += own
      seen.formUnion(own.map(\.name.text))
      // A recipe has one length; its own hides the base's whatever it counts in.
      if !seen.isDisjoint(with: RecipeKey.lengths.map(\.rawValue)) {
        seen.formUnion(RecipeKey.lengths.map(\.rawValue))
      }
      next = recipe.base.flatMap { scopes[recipe.name.range.file]?.recipes[$0.text] }
    }
    return entries
  }
}
