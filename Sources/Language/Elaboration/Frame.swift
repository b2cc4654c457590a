import Diagnostics

/// What names mean while one body is evaluated.
struct Frame {
  /// An argument's expression that waits until another parameter's, or the body, asks for it.
  struct Pending {
    var expression: Expression
    /// The declarations that the expression can name: its own file's.
    var scope: FileScope
  }

  var scope: FileScope
  var values: [String: Value] = [:]
  /// Parameters of type Block.
  var functions: [String: Function] = [:]
  /// Parameters by name, until they are evaluated.
  var pending: [String: Pending] = [:]
  /// Parameters whose evaluation has begun; one that asks for itself goes in a circle.
  var evaluating: Set<String> = []
  var parameters: [String: ParameterDeclaration] = [:]
  /// What the names of bindings in this body are appended to.
  var path: String
}

/// What names the parameters that the expression under evaluation makes.
struct Naming {
  enum Kind {
    /// A binding's name, or the index of a stage or of a stack's block.
    case named
    /// The value that a block returns: blocks in it pass their names on, a call of its own has none.
    case blockResult
    case networkResult
  }

  var path: String
  var kind: Kind
  /// The one call, block or pipeline that has taken the name.
  var claim: SourceRange?
  /// Whether a name above was taken already, which is reported in the end: what it would lead to need not be.
  var isBelowClaimed = false

  /// The naming of a part of what this one names.
  func part(path: String, kind: Kind) -> Naming {
    Naming(path: path, kind: kind, isBelowClaimed: isBelowClaimed || claim != nil)
  }
}

/// A block in evaluation.
struct CallSite {
  var name: String
  var range: SourceRange
  /// The path of bindings that it was called under.
  var path: String
}

/// `layer1` and `conv1` are `layer1.conv1`.
func joinPath(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
