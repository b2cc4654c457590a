import Diagnostics
import GraphIR

/// Checks, without evaluating, that the names of a file mean something and that calls fit what they call. So errors
/// are found in blocks too that no network uses.
struct Resolver {
  /// What an expression stands for where it stands.
  enum Position {
    case value
    /// Where a Block is expected: a function's name, or a call that lacks its first argument.
    case function
    /// After `|>`: the same, applied at once.
    case stage
    /// The argument of a Block parameter's call, of whose parameters nothing is known yet.
    case unknown
  }

  let scope: FileScope
  let surfaces: [String: Surface]
  private(set) var diagnostics: [Diagnostic] = []
  /// The values and Block parameters that can be named here, and where they come from.
  private var values: [String: SourceRange] = [:]
  private var blockParameters: [String: SourceRange] = [:]
  /// The places of bindings that something uses.
  private var usedPlaces: Set<SourceRange> = []

  init(scope: FileScope, surfaces: [String: Surface]) {
    self.scope = scope
    self.surfaces = surfaces
  }

  mutating func report(_ diagnostic: Diagnostic) {
    if diagnostics.count < Limits.diagnosticCount { diagnostics.append(diagnostic) }
  }
}

// MARK: - Declarations

extension Resolver {
  mutating func resolve(_ tree: SyntaxTree) {
    for block in tree.blocks {
      checkReserved(block.name, BuiltinName.functions)
      if let first = block.parameters.first(where: { $0.inputType != nil }), let type = first.inputType {
        report(.shapeOfBlockParameter(first.name.text, at: type.range))
      }
      resolve(block.parameters, block.body)
    }
    for network in tree.networks { resolve(network) }
    for preprocessing in tree.preprocessings { resolve(preprocessing) }
    for recipe in tree.recipes { resolve(recipe) }
  }

  private mutating func resolve(_ network: NetworkDeclaration) {
    switch network.definition {
    case .body(let parameters, _, let body):
      if !parameters.contains(where: { $0.inputType != nil }) { report(.networkWithoutInput(network.name)) }
      resolve(parameters, body, companions: network.companions)
    case .alias(let base, let arguments):
      let parameters = resolveAlias(network, base, arguments) ?? []
      resolve(network.companions, among: parameters)
    }
  }

  /// Checks the arguments of an alias and returns the parameters of the network that it leads to.
  private mutating func resolveAlias(
    _ network: NetworkDeclaration, _ base: Name, _ arguments: [Argument]
  ) -> [ParameterDeclaration]? {
    guard scope.networks[base.text] != nil else {
      if !scope.brokenNames.contains(base.text) {
        report(.unknownNetwork(base, known: scope.networkNames))
      }
      return nil
    }
    guard let parameters = scope.parameters(ofNetwork: base.text) else {
      report(.aliasCycle(network.name, at: base.range))
      return nil
    }
    withDeclared(parameters) { resolver in
      resolver.resolveDefaults(arguments, of: base.text, parameters)
    }
    return parameters
  }

  /// Arguments that stand in for defaults: each with a label, and each of a parameter that is no input.
  private mutating func resolveDefaults(
    _ arguments: [Argument], of name: String, _ parameters: [ParameterDeclaration]
  ) {
    var seen: [String: SourceRange] = [:]
    for argument in arguments {
      guard let label = argument.label else {
        report(.aliasArgumentWithoutLabel(at: argument.value.range))
        continue
      }
      if let previous = seen.updateValue(argument.range, forKey: label.text) {
        report(.duplicateArgument(label.text, at: argument.range, previous: previous))
      }
      let settable = parameters.filter { !$0.isTensor }
      guard let parameter = settable.first(where: { $0.name.text == label.text }) else {
        report(.unknownParameter(label, of: name, known: settable.map(\.name.text)))
        continue
      }
      resolve(argument.value, as: parameter.isBlock ? .function : .value)
    }
  }

  private mutating func resolve(_ preprocessing: PreprocessingDeclaration) {
    withDeclared(preprocessing.parameters) { resolver in
      for parameter in preprocessing.parameters {
        if let value = parameter.defaultValue { resolver.resolve(value, as: .value) }
      }
      resolver.resolveEntries(preprocessing)
    }
  }

  private mutating func resolveEntries(_ preprocessing: PreprocessingDeclaration) {
    var seen: [String: SourceRange] = [:]
    for entry in preprocessing.entries {
      if let previous = seen.updateValue(entry.name.range, forKey: entry.name.text) {
        report(.alreadyBound(entry.name, previous: previous))
      }
      guard let key = PreprocessingKey(rawValue: entry.name.text) else {
        report(.unknownPreprocessingKey(entry.name))
        continue
      }
      if key != .channels { resolve(entry.value, as: .value) }
    }
  }

  private mutating func resolve(_ companions: [Companion], among parameters: [ParameterDeclaration]) {
    for companion in companions {
      let name = companion.name
      if let preprocessing = scope.preprocessings[name.text] {
        withDeclared(parameters) { resolver in
          resolver.resolveDefaults(companion.arguments, of: name.text, preprocessing.parameters)
        }
      } else if scope.labels[name.text] == nil, scope.recipes[name.text] == nil {
        if !scope.brokenNames.contains(name.text) {
          report(.unknownCompanion(name, known: scope.companionNames))
        }
      } else if let argument = companion.arguments.first {
        report(.companionTakesNoArguments(name, at: argument.range))
      }
    }
  }

  private mutating func resolve(
    _ parameters: [ParameterDeclaration], _ body: Body, companions: [Companion] = []
  ) {
    var seen: [String: SourceRange] = [:]
    for parameter in parameters {
      checkReserved(parameter.name, BuiltinName.functions.union(BuiltinName.values))
      if let previous = seen.updateValue(parameter.name.range, forKey: parameter.name.text) {
        report(.alreadyBound(parameter.name, previous: previous))
      }
    }
    withDeclared(parameters) { resolver in
      for parameter in parameters {
        for dimension in parameter.inputType?.dimensions ?? [] { resolver.resolveDimension(dimension) }
        if let value = parameter.defaultValue {
          if parameter.isTensor {
            resolver.report(.defaultOfTensor(parameter.name.text, at: value.range))
          } else {
            resolver.resolve(value, as: parameter.isBlock ? .function : .value)
          }
        }
      }
      resolver.reportParameterCycles(parameters)
      resolver.resolve(body, results: .value, isOutermost: true)
      resolver.resolve(companions, among: parameters)
    }
  }

  private mutating func resolveDimension(_ dimension: Expression) {
    if case .name(BuiltinName.batch) = dimension.kind { return }
    if case .name(let name) = dimension.kind, values[name] == nil {
      report(.unknownDimension(name, known: Array(values.keys), at: dimension.range))
      return
    }
    resolve(dimension, as: .value)
  }

  private mutating func checkReserved(_ name: Name, _ reserved: Set<String>) {
    if reserved.contains(name.text) { report(.reservedName(name)) }
  }
}

// MARK: - Bodies

extension Resolver {
  /// Runs `body` with the parameters declared and nothing else.
  private mutating func withDeclared(_ parameters: [ParameterDeclaration], _ body: (inout Resolver) -> Void) {
    let outer = (values, blockParameters)
    (values, blockParameters) = ([:], [:])
    for parameter in parameters {
      if parameter.isBlock {
        blockParameters[parameter.name.text] = parameter.name.range
      } else {
        values[parameter.name.text] = parameter.name.range
      }
    }
    body(&self)
    (values, blockParameters) = outer
  }

  /// Resolves bindings and results; the names bound are forgotten at the end. Inner bodies may hide outer names,
  /// but a block's own bindings may not hide its parameters; those of type Block live among the functions.
  mutating func resolve(_ body: Body, results position: Position, isOutermost: Bool = false) {
    var hidden: [(name: String, range: SourceRange?)] = []
    var own: [String: SourceRange] = isOutermost ? values : [:]
    let later = laterPlaces(body)
    for binding in body.bindings {
      resolve(binding.value, as: .value, later: later)
      checkReserved(binding.name, BuiltinName.values)
      if let previous = own[binding.name.text] {
        report(.alreadyBound(binding.name, previous: previous))
        continue
      }
      own[binding.name.text] = binding.name.range
      hidden.append((binding.name.text, values.updateValue(binding.name.range, forKey: binding.name.text)))
    }
    for result in body.results { resolve(result, as: position) }
    for (name, range) in hidden.reversed() {
      if let place = values[name], !usedPlaces.contains(place) { report(.unusedBinding(name, at: place)) }
      values[name] = range
    }
  }

  private func laterPlaces(_ body: Body) -> [String: SourceRange] {
    Dictionary(body.bindings.map { ($0.name.text, $0.name.range) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func resolve(_ closure: Closure) {
    guard closure.parameters.count == 2 else {
      report(.closureParameters(at: closure.parameters[0].range))
      return
    }
    let hidden = closure.parameters.map { ($0.text, values[$0.text]) }
    for parameter in closure.parameters { values[parameter.text] = parameter.range }
    resolve(closure.body, results: .value)
    for (name, range) in hidden { values[name] = range }
  }

  func isValue(_ name: String) -> Bool { values[name] != nil || name == BuiltinName.training }

  mutating func noteUse(of name: String) {
    if let place = values[name] { usedPlaces.insert(place) }
  }

  func isBlockParameter(_ name: String) -> Bool { blockParameters[name] != nil }
  var valueNames: [String] { Array(values.keys) + [BuiltinName.training, "true", "false"] }
  var functionNames: [String] {
    Array(blockParameters.keys) + BuiltinName.functions + surfaces.keys + scope.blocks.keys
  }
}

extension ParameterDeclaration {
  var inputType: InputType? { if case .tensor(let type) = kind { type } else { nil } }
  var isTensor: Bool { if case .tensor = kind { true } else { false } }
  var isBlock: Bool { if case .value(.block) = kind { true } else { false } }
}
