import Diagnostics

/// The declarations that a file can name: its own, and those of the files that it imports, which its own hide.
struct FileScope: Sendable {
  private(set) var blocks: [String: BlockDeclaration] = [:]
  private(set) var networks: [String: NetworkDeclaration] = [:]
  private(set) var preprocessings: [String: PreprocessingDeclaration] = [:]
  private(set) var labels: [String: LabelsDeclaration] = [:]
  private(set) var recipes: [String: RecipeDeclaration] = [:]
  /// Names whose declarations could not be read, or that two imports give different meanings, already reported.
  private(set) var brokenNames: Set<String> = []
  /// The networks of the file in order, then those of its imports.
  private(set) var networkNames: [String] = []
  /// Where each name is declared, whatever it is.
  private var places: [String: SourceRange] = [:]

  init() {}

  init(_ tree: SyntaxTree, imported: [SyntaxTree], diagnostics: inout [Diagnostic]) {
    add(tree) { name, previous in
      diagnostics.append(.alreadyDeclared(name, previous: previous))
    }
    let own = Set(places.keys)
    for other in imported {
      add(other) { name, previous in
        if !own.contains(name.text) {
          diagnostics.append(.ambiguousImport(name, other: previous, in: tree.file))
        }
      }
    }
  }

  /// Adds a file's declarations; `onConflict` hears of names that were there before, which keep their meaning.
  private mutating func add(_ tree: SyntaxTree, onConflict: (Name, SourceRange) -> Void) {
    brokenNames.formUnion(tree.brokenNames)
    for block in tree.blocks where claim(block.name, onConflict) { blocks[block.name.text] = block }
    for network in tree.networks where claim(network.name, onConflict) {
      networks[network.name.text] = network
      networkNames.append(network.name.text)
    }
    for preprocessing in tree.preprocessings where claim(preprocessing.name, onConflict) {
      preprocessings[preprocessing.name.text] = preprocessing
    }
    for declaration in tree.labels where claim(declaration.name, onConflict) {
      labels[declaration.name.text] = declaration
    }
    for recipe in tree.recipes where claim(recipe.name, onConflict) { recipes[recipe.name.text] = recipe }
  }

  private mutating func claim(_ name: Name, _ onConflict: (Name, SourceRange) -> Void) -> Bool {
    if let previous = places[name.text] {
      onConflict(name, previous)
      return false
    }
    places[name.text] = name.range
    return true
  }

  /// Names that `using` accepts.
  var companionNames: [String] {
    (Array(preprocessings.keys) + labels.keys + recipes.keys).sorted()
  }
}
