import Diagnostics

/// A network file as it was written.
package struct SyntaxTree: Sendable {
  package var file: SourceFile
  package var imports: [Import] = []
  package var blocks: [BlockDeclaration] = []
  package var networks: [NetworkDeclaration] = []
  package var preprocessings: [PreprocessingDeclaration] = []
  package var labels: [LabelsDeclaration] = []
  package var recipes: [RecipeDeclaration] = []
  /// Names whose declarations could not be read; uses of them are not reported again.
  package var brokenNames: Set<String> = []
}

/// `import "path"`, relative to the importing file.
package struct Import: Sendable {
  package var path: String
  package var range: SourceRange
}

/// A parameter of a block, network or preprocessing.
package struct ParameterDeclaration: Sendable {
  package enum Kind: Sendable {
    /// A tensor: an input of a network, with its shape; of a block, without.
    case tensor(InputType?)
    case value(ValueKind)
  }

  package var name: Name
  package var kind: Kind
  package var defaultValue: Expression?
}

/// `f32[N, 3, size, size]`.
package struct InputType: Sendable {
  package var element: Name
  package var dimensions: [Expression]
  package var range: SourceRange
}

/// The kinds of values that are not tensors.
package enum ValueKind: String, Hashable, Sendable, CaseIterable {
  case int = "Int"
  case float = "Float"
  case bool = "Bool"
  case block = "Block"
  case ints = "[Int]"
  case floats = "[Float]"
  case bools = "[Bool]"
}

/// `block Name(parameters) { … return value }`.
package final class BlockDeclaration: Sendable {
  package let name: Name
  package let parameters: [ParameterDeclaration]
  package let body: Body
  package let documentation: String?

  init(name: Name, parameters: [ParameterDeclaration], body: Body, documentation: String?) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.documentation = documentation
  }
}

/// A network, or another name for one with other defaults.
package final class NetworkDeclaration: Sendable {
  package enum Definition: Sendable {
    /// `network Name(parameters) -> outputs { … }`.
    case body(parameters: [ParameterDeclaration], outputs: [Name], Body)
    /// `network Name = Base(arguments)`.
    case alias(base: Name, arguments: [Argument])
  }

  package let name: Name
  package let definition: Definition
  /// `using A, B(size: 3)`: its preprocessing, labels and recipe.
  package let companions: [Companion]
  package let documentation: String?

  init(name: Name, definition: Definition, companions: [Companion], documentation: String?) {
    self.name = name
    self.definition = definition
    self.companions = companions
    self.documentation = documentation
  }
}

/// One name after `using`.
package struct Companion: Sendable {
  package var name: Name
  package var arguments: [Argument]
}

/// `preprocessing Name(parameters) { resize = …, … }`: how a picture becomes an input.
package final class PreprocessingDeclaration: Sendable {
  package let name: Name
  package let parameters: [ParameterDeclaration]
  package let entries: [Binding]

  init(name: Name, parameters: [ParameterDeclaration], entries: [Binding]) {
    self.name = name
    self.parameters = parameters
    self.entries = entries
  }
}

/// `labels Name = "file"` or `labels Name = ["first", …]`: what the classes are called.
package struct LabelsDeclaration: Sendable {
  package enum Source: Sendable {
    case file(String)
    case list([String])
  }

  package var name: Name
  package var source: Source
  package var range: SourceRange
}

/// `recipe Name { key = value … }`: how a network is trained. Kept as it was written.
package struct RecipeDeclaration: Sendable {
  package var name: Name
  package var entries: [Binding]
}
