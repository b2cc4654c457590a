import Diagnostics

/// A name where it stands.
struct Name: Hashable, Sendable {
  var text: String
  var range: SourceRange
}

/// A node of the syntax tree that has a value. A class, since trees are shared and walked often, never changed.
final class Expression: Sendable {
  enum Kind: Sendable {
    case int(Int)
    case float(Double)
    case bool(Bool)
    case string(String)
    case name(String)
    case list([Expression])
    case member(Expression, Name)
    case index(Expression, Expression)
    case call(Call)
    case not(Expression)
    case negate(Expression)
    case binary(BinaryOperator, Expression, Expression)
    case conditional(Conditional)
    case pipeline(head: Expression, stages: [Expression])
    /// Stands where an expression was expected and something else was found; already reported.
    case missing
  }

  let kind: Kind
  let range: SourceRange
  /// How many expressions nest below and including this one.
  let depth: Int

  init(_ kind: Kind, _ range: SourceRange) {
    self.kind = kind
    self.range = range
    depth = 1 + kind.childDepth
  }
}

/// `callee(arguments) closure`. The callee is always a name: functions live in a namespace of their own.
struct Call: Sendable {
  var callee: Name
  var arguments: [Argument]
  var closure: Closure?
}

struct Argument: Sendable {
  var label: Name?
  var value: Expression
}

/// `{ i, x in body }`: what a stack repeats.
struct Closure: Sendable {
  var parameters: [Name]
  var body: Body
}

/// `if condition { consequence } else { alternative }`.
struct Conditional: Sendable {
  var condition: Expression
  var consequence: Body
  var alternative: Body?
}

/// Statements in braces: bindings, then what they are for.
struct Body: Sendable {
  var bindings: [Binding]
  /// The values after `return` in blocks and networks; the last expression in branches and closures, one.
  var results: [Expression]
  var range: SourceRange
  let depth: Int

  init(bindings: [Binding], results: [Expression], range: SourceRange) {
    self.bindings = bindings
    self.results = results
    self.range = range
    depth = max(bindings.map(\.value.depth).max() ?? 0, results.map(\.depth).max() ?? 0)
  }
}

/// `name = value`.
struct Binding: Sendable {
  var name: Name
  var value: Expression
}

enum BinaryOperator: String, Hashable, Sendable {
  case or, and
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"

  /// Higher binds tighter; comparisons do not chain.
  var precedence: Int {
    switch self {
    case .or: 1
    case .and: 2
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 3
    case .add, .subtract: 4
    case .multiply, .divide, .remainder: 5
    }
  }

  var isComparison: Bool { precedence == 3 }
}

extension Expression.Kind {
  fileprivate var childDepth: Int {
    switch self {
    case .int, .float, .bool, .string, .name, .missing: 0
    case .list(let elements): elements.map(\.depth).max() ?? 0
    case .member(let base, _): base.depth
    case .index(let base, let index): max(base.depth, index.depth)
    case .call(let call):
      max(call.arguments.map(\.value.depth).max() ?? 0, call.closure?.body.depth ?? 0)
    case .not(let operand), .negate(let operand): operand.depth
    case .binary(_, let left, let right): max(left.depth, right.depth)
    case .conditional(let conditional):
      max(conditional.condition.depth, conditional.consequence.depth, conditional.alternative?.depth ?? 0)
    case .pipeline(let head, let stages): max(head.depth, stages.map(\.depth).max() ?? 0)
    }
  }
}
