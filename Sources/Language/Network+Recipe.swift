import Diagnostics
import GraphIR

extension Network {
  /// The recipe of this name; without a name, the first.
  package func recipe(_ name: String? = nil) throws(Diagnostic) -> Recipe {
    guard let name else {
      guard let first = recipes.first else { throw .noRecipe(of: graph.name) }
      return first
    }
    guard let recipe = recipes.first(where: { $0.name == name }) else {
      throw .recipeNotFound(name, of: graph.name, known: recipes.map(\.name))
    }
    return recipe
  }
}
