// How operators are written in a kernel's text.

extension UnaryOperator {
  var name: String {
    switch self {
    case .negate: "negate"
    case .absolute: "abs"
    case .squareRoot: "sqrt"
    case .floor: "floor"
    case .complement: "not"
    }
  }
}

extension BinaryOperator {
  var name: String {
    switch self {
    case .minimum: "min"
    case .maximum: "max"
    default: rawValue
    }
  }

  /// Nil for those that are written as functions.
  var symbol: String? {
    switch self {
    case .add: "+"
    case .subtract: "-"
    case .multiply: "*"
    case .divide: "/"
    case .minimum, .maximum: nil
    case .and: "&"
    case .or: "|"
    case .exclusiveOr: "^"
    case .shiftLeft: "<<"
    case .shiftRightLogical: ">>>"
    case .shiftRightArithmetic: ">>"
    }
  }
}

extension Comparison {
  var symbol: String {
    switch self {
    case .equal: "=="
    case .notEqual: "!="
    case .less: "<"
    case .lessOrEqual: "<="
    case .greater: ">"
    case .greaterOrEqual: ">="
    }
  }
}

extension Reduction {
  var name: String {
    switch self {
    case .add: "add"
    case .maximum: "max"
    case .minimum: "min"
    }
  }
}
