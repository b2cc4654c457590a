import Diagnostics

/// A network file as it was written.
struct SyntaxTree: Sendable {
  var file: SourceFile
  var imports: [Import] = []
  var blocks: [BlockDeclaration] = []
  var networks: [NetworkDeclaration] = []
  var preprocessings: [PreprocessingDeclaration] = []
  var labels: [LabelsDeclaration] = []
  var recipes: [RecipeDeclaration] = []
  /// Names whose declarations could not be read; uses of them are not reported again.
  var brokenNames: Set<String> = []

  var declarationCount: Int {
    imports.count + blocks.count + networks.count + preprocessings.count + labels.count + recipes.count
  }
}

/// `import "path"`, relative to the importing file.
struct Import: Sendable {
  var path: String
  var range: SourceRange
}

/// A parameter of a block, network or preprocessing.
struct ParameterDeclaration: Sendable {
  enum Kind: Sendable {
    /// A tensor: an input of a network, with its shape; of a block, without.
    case tensor(InputType?)
    case value(ValueKind)
  }

  var name: Name
  var kind: Kind
  var defaultValue: Expression?
}

/// `f32[N, 3, size, size]`.
struct InputType: Sendable {
  var element: Name
  var dimensions: [Expression]
  var range: SourceRange
}

/// The kinds of values that are not tensors.
enum ValueKind: String, Hashable, Sendable, CaseIterable {
  case int = "Int"
  case float = "Float"
  case bool = "Bool"
  case block = "Block"
  case ints = "[Int]"
  case floats = "[Float]"
  case bools = "[Bool]"
}

/// `block Name(parameters) { … return value }`.
final class BlockDeclaration: Sendable {
  let name: Name
  let parameters: [ParameterDeclaration]
  let body: Body
  let documentation: String?

  init(name: Name, parameters: [ParameterDeclaration], body: Body, documentation: String?) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.documentation = documentation
  }
}

/// A network, or another name for one with other defaults.
final class NetworkDeclaration: Sendable {
  enum Definition: Sendable {
    /// `network Name(parameters) -> outputs { … }`.
    case body(parameters: [ParameterDeclaration], outputs: [Name], Body)
    /// `network Name = Base(arguments)`.
    case alias(base: Name, arguments: [Argument])
  }

  let name: Name
  let definition: Definition
  /// `using A, B(size: 3)`: its preprocessing, labels and recipe.
  let companions: [Companion]
  let documentation: String?

  init(name: Name, definition: Definition, companions: [Companion], documentation: String?) {
    self.name = name
    self.definition = definition
    self.companions = companions
    self.documentation = documentation
  }
}

/// One name after `using`.
struct Companion: Sendable {
  var name: Name
  var arguments: [Argument]
}

/// `preprocessing Name(parameters) { resize = …, … }`: how a picture becomes an input.
final class PreprocessingDeclaration: Sendable {
  let name: Name
  let parameters: [ParameterDeclaration]
  let entries: [Binding]

  init(name: Name, parameters: [ParameterDeclaration], entries: [Binding]) {
    self.name = name
    self.parameters = parameters
    self.entries = entries
  }
}

/// `labels Name = "file"` or `labels Name = ["first", …]`: what the classes are called.
struct LabelsDeclaration: Sendable {
  enum Source: Sendable {
    case file(String)
    case list([String])
  }

  var name: Name
  var source: Source
  var range: SourceRange
}

/// `recipe Name { key = value … }`, or `recipe Name = Base { … }`: how a network is trained. Its own entries take the
/// place of its base's.
struct RecipeDeclaration: Sendable {
  var name: Name
  var base: Name?
  var entries: [Binding]
}
