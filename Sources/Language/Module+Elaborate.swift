import Diagnostics
import GraphIR

extension Module {
  /// The network of this name, or the file's only one, as a graph that is symbolic in the batch.
  /// Overrides take the place of the parameters' defaults. While `isTraining`, what stands under `if training` is
  /// part of it. Where anything is wrong the network is nil and the diagnostics, without the module's own, say what.
  package func elaborate(
    _ name: String? = nil, overrides: [ParameterOverride] = [], isTraining: Bool = false
  ) -> (network: Network?, diagnostics: [Diagnostic]) {
    var evaluationCount = 0
    var result = elaborate(name, overrides, isTraining: isTraining, evaluationCount: &evaluationCount)
    if let graph = result.network?.graph, !isTraining, usesTraining {
      let training = elaborate(name, overrides, isTraining: true, evaluationCount: &evaluationCount).network?.graph
      result.network?.trainingParameterNames = Set(training?.parameters.map(\.name) ?? [])
        .subtracting(graph.parameters.map(\.name))
    }
    return result
  }

  private func elaborate(
    _ name: String?, _ overrides: [ParameterOverride], isTraining: Bool, evaluationCount: inout Int
  ) -> (network: Network?, diagnostics: [Diagnostic]) {
    do throws(Diagnostic) {
      let network = try declaration(of: name)
      guard let plan = plan(of: network) else { return (nil, []) }
      var elaborator = Elaborator(
        self, network: network.name.text, scope: plan.scope, isTraining: isTraining)
      let result = elaborator.run(plan, overrides)
      evaluationCount += elaborator.evaluationCount
      let files = trees.map(\.file)
      let hasErrors = elaborator.diagnostics.contains { $0.severity == .error }
      return (hasErrors ? nil : result, elaborator.diagnostics.sortedByPlace(files: files))
    } catch {
      return (nil, [error])
    }
  }

  /// What is wrong with the files and with every network that needs nothing set.
  package func check() -> [Diagnostic] {
    var all = diagnostics
    var seen = Set(all.compactMap(\.range))
    var evaluationCount = 0
    for name in completeNetworkNames {
      guard evaluationCount < Limits.evaluationCount else {
        all.append(.uncheckedNetworks(from: name))
        break
      }
      for isTraining in usesTraining ? [false, true] : [false] {
        let found = elaborate(name, [], isTraining: isTraining, evaluationCount: &evaluationCount).diagnostics
        all += found.filter { diagnostic in diagnostic.range.map { seen.insert($0).inserted } ?? true }
        if all.count >= Limits.diagnosticCount { break }
      }
    }
    all.dropWarningsBesideErrors()
    return all.sortedByPlace(files: trees.map(\.file))
  }

  /// Whether a file asks if it is training.
  private var usesTraining: Bool { trees.contains { $0.file.containsWord(BuiltinName.training) } }

  private func declaration(of name: String?) throws(Diagnostic) -> NetworkDeclaration {
    let known = rootScope.networkNames
    if let name {
      guard let network = rootScope.networks[name] else {
        throw .networkNotFound(name, in: root.path, known: known)
      }
      return network
    }
    let own = trees.first?.networks ?? []
    guard own.count <= 1 else { throw .severalNetworks(in: root.path, known: known) }
    guard let only = own.first ?? known.first.flatMap({ rootScope.networks[$0] }) else {
      throw .noNetworks(in: root.path)
    }
    guard !own.isEmpty || known.count == 1 else { throw .severalNetworks(in: root.path, known: known) }
    return only
  }
}

extension SourceFile {
  /// Whether the word stands in the text as a token.
  fileprivate func containsWord(_ word: String) -> Bool {
    Lexer.tokens(of: self).tokens.contains { $0.kind == .identifier && text($0.range) == word }
  }
}
