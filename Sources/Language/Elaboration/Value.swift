import Diagnostics
import GraphIR

/// What an expression evaluates to.
enum Value {
  case int(Int)
  case float(Double)
  case bool(Bool)
  /// Of numbers or Bools, never of lists.
  case list([Value])
  case tensor(ValueID)
  /// Made under `if training` without `else` while not training; the place of that `if`.
  case absent(SourceRange)
  /// Stands for a value that an error, already reported, prevented.
  case poison
}

/// A value of type Block: what it calls, and the arguments that it brings along.
struct Function {
  enum Target {
    case block(BlockDeclaration)
    case surface(Surface)
    case identity
  }

  var target: Target
  var signature: Signature
  /// By index of the parameter.
  var given: [Int: [ArgumentValue]] = [:]
}

/// An argument after its evaluation, and where it stands.
struct ArgumentValue {
  enum Content {
    case value(Value)
    case function(Function)
  }

  var content: Content
  var range: SourceRange
}

extension Value {
  /// How messages name the value's type.
  func typeDescription(in graph: Graph) -> String {
    switch self {
    case .int: return "Int"
    case .float: return "Float"
    case .bool: return "Bool"
    case .list(let elements):
      guard let first = elements.first else { return "an empty list" }
      let isMixed = elements.contains { if case .float = $0 { true } else { false } }
      return isMixed ? "[Float]" : "[\(first.typeDescription(in: graph))]"
    case .tensor(let id): return "a tensor \(graph.type(of: id))"
    case .absent: return "a value of training"
    case .poison: return "an error"
    }
  }

  var isPoison: Bool { if case .poison = self { true } else { false } }

  /// The number, of an Int or Float.
  var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .float(let value): value
    default: nil
    }
  }

  /// The value as one of this kind: itself, or an Int as a Float; nil where it is of another kind.
  func converted(to kind: Signature.Kind) -> Value? {
    switch (kind, self) {
    case (.tensor, .tensor), (.tensors, .tensor), (.value(.int), .int), (.value(.bool), .bool), (.pair, .int),
      (.intOrInts, .int):
      self
    case (.value(.float), .int), (.value(.float), .float): number.map(Value.float)
    case (.pair, .list(let elements)): elements.count == 2 && elements.allSatisfy(\.isInt) ? self : nil
    case (.value(.ints), .list(let elements)), (.intOrInts, .list(let elements)):
      elements.allSatisfy(\.isInt) ? self : nil
    case (.value(.floats), .list(let elements)): Value.floats(elements)
    case (.value(.bools), .list(let elements)): elements.allSatisfy(\.isBool) ? self : nil
    default: nil
    }
  }

  private static func floats(_ elements: [Value]) -> Value? {
    let numbers = elements.compactMap(\.number)
    return numbers.count == elements.count ? .list(numbers.map(Value.float)) : nil
  }

  private var isInt: Bool { if case .int = self { true } else { false } }
  private var isBool: Bool { if case .bool = self { true } else { false } }
}
