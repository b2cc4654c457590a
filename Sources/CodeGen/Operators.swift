import LLVMKit
import LoopIR

extension ScalarType {
  /// Whether the numbers can be negative; of integers.
  var isSigned: Bool { self == .i32 || self == .i64 || self == .s8 }
}

extension Comparison {
  var signedPredicate: IntegerPredicate {
    switch self {
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: .signedLess
    case .lessOrEqual: .signedLessOrEqual
    case .greater: .signedGreater
    case .greaterOrEqual: .signedGreaterOrEqual
    }
  }

  var unsignedPredicate: IntegerPredicate {
    switch self {
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: .unsignedLess
    case .lessOrEqual: .unsignedLessOrEqual
    case .greater: .unsignedGreater
    case .greaterOrEqual: .unsignedGreaterOrEqual
    }
  }

  var floatPredicate: FloatPredicate {
    switch self {
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    }
  }
}

extension BinaryOperator {
  /// The instruction for operands of that type; nil for minimum and maximum, which are a comparison and a choice.
  func opcode(of scalar: ScalarType) -> BinaryOpcode? {
    switch self {
    case .add: scalar.isFloatingPoint ? .floatAdd : .add
    case .subtract: scalar.isFloatingPoint ? .floatSubtract : .subtract
    case .multiply: scalar.isFloatingPoint ? .floatMultiply : .multiply
    case .divide: scalar.isFloatingPoint ? .floatDivide : scalar.isSigned ? .signedDivide : .unsignedDivide
    case .minimum, .maximum: nil
    case .and: .and
    case .or: .or
    case .exclusiveOr: .exclusiveOr
    case .shiftLeft: .shiftLeft
    case .shiftRightLogical: .shiftRightLogical
    case .shiftRightArithmetic: .shiftRightArithmetic
    }
  }
}
