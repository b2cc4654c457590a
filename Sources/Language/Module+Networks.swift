import Diagnostics
import GraphIR

extension Module {
  /// A network that can be asked for by name, and what can be set of it.
  package struct NetworkSummary: Sendable {
    package struct Parameter: Sendable {
      package var name: String
      /// As written in network files, such as `[Int]`.
      package var type: String
      /// The default as written; nil: it must be set.
      package var defaultText: String?
    }

    package var name: String
    /// The `///` lines above its declaration, joined.
    package var documentation: String?
    package var parameters: [Parameter]
  }

  /// The networks of the root file in order, then those that it imports.
  package var networks: [NetworkSummary] {
    rootScope.networkNames.compactMap { name in
      guard let network = rootScope.networks[name], let plan = plan(of: network) else { return nil }
      let parameters = plan.parameters.compactMap { parameter -> NetworkSummary.Parameter? in
        guard case .value(let kind) = parameter.kind else { return nil }
        return .init(
          name: parameter.name.text, type: kind.rawValue,
          defaultText: plan.defaults[parameter.name.text]?.expression.range.text)
      }
      return NetworkSummary(name: name, documentation: network.documentation, parameters: parameters)
    }
  }

  /// The networks that need nothing to be set.
  package var completeNetworkNames: [String] {
    networks.filter { network in network.parameters.allSatisfy { $0.defaultText != nil } }.map(\.name)
  }
}

/// A network with its aliases followed: the body that it ends in, and the defaults that hold.
struct NetworkPlan {
  var name: Name
  var parameters: [ParameterDeclaration]
  var outputs: [Name]
  var body: Body
  /// The file of the body.
  var scope: FileScope
  var defaults: [String: Frame.Pending]
  /// What each `using` names, with the declarations to look in; the outermost alias's come last.
  var companionsByDeclaration: [[(companion: Companion, scope: FileScope)]]

  var companions: [(companion: Companion, scope: FileScope)] { companionsByDeclaration.flatMap { $0 } }
}

extension Module {
  /// nil where aliases go in a circle or lead to an unknown network, which the resolver reports.
  func plan(of network: NetworkDeclaration) -> NetworkPlan? {
    var aliases: [(declaration: NetworkDeclaration, arguments: [Argument])] = []
    var current = network
    var seen: Set<ObjectIdentifier> = []
    while seen.insert(ObjectIdentifier(current)).inserted {
      let scope = scopes[current.name.range.file] ?? FileScope()
      switch current.definition {
      case .alias(let base, let arguments):
        aliases.append((current, arguments))
        guard let next = scope.networks[base.text] else { return nil }
        current = next
      case .body(let parameters, let outputs, let body):
        var plan = NetworkPlan(
          name: network.name, parameters: parameters, outputs: outputs, body: body, scope: scope, defaults: [:],
          companionsByDeclaration: [current.companions.map { ($0, scope) }])
        for parameter in parameters {
          plan.defaults[parameter.name.text] = parameter.defaultValue.map { .init(expression: $0, scope: scope) }
        }
        for (alias, arguments) in aliases.reversed() { plan.apply(alias, arguments, scopes) }
        return plan
      }
    }
    return nil
  }
}

extension NetworkPlan {
  fileprivate mutating func apply(
    _ alias: NetworkDeclaration, _ arguments: [Argument], _ scopes: [SourceFile: FileScope]
  ) {
    let scope = scopes[alias.name.range.file] ?? FileScope()
    for argument in arguments {
      guard let label = argument.label else { continue }
      defaults[label.text] = .init(expression: argument.value, scope: scope)
    }
    companionsByDeclaration.append(alias.companions.map { ($0, scope) })
  }
}
