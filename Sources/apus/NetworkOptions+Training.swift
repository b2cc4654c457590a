import CodeGen
import Compiler
import GraphIR

extension NetworkOptions {
  /// The network as it is used, and as it is in training, auxiliary heads and all.
  func elaborateForTraining() throws -> (inference: Network, training: Network) {
    (try elaborate(), try elaborate(isTraining: true))
  }
}

extension Network {
  /// The recipe of this name, or the network's first.
  func recipe(named name: String?) throws(Failure) -> Recipe {
    guard let name else {
      if let recipe = recipes.first { return recipe }
      throw Failure(.input, "'\(graph.name)' names no recipe: add one to its `using`, or see docs/language.md")
    }
    if let recipe = recipes.first(where: { $0.name == name }) { return recipe }
    let names = recipes.map(\.name)
    let hint = nearestName(to: name, among: names).map { "; did you mean '\($0)'?" } ?? ""
    throw Failure(.usage, "Error: '\(graph.name)' has no recipe '\(name)'\(hint) It has \(names.joined(separator: ", ")).")
  }
}
