import CLLVM

/// Two-operand instructions of LLVM.
package enum BinaryOpcode {
  case add, subtract, multiply, signedDivide, unsignedDivide, unsignedRemainder
  case floatAdd, floatSubtract, floatMultiply, floatDivide
  case and, or, exclusiveOr, shiftLeft, shiftRightLogical, shiftRightArithmetic

  var llvm: LLVMOpcode {
    switch self {
    case .add: LLVMAdd
    case .subtract: LLVMSub
    case .multiply: LLVMMul
    case .signedDivide: LLVMSDiv
    case .unsignedDivide: LLVMUDiv
    case .unsignedRemainder: LLVMURem
    case .floatAdd: LLVMFAdd
    case .floatSubtract: LLVMFSub
    case .floatMultiply: LLVMFMul
    case .floatDivide: LLVMFDiv
    case .and: LLVMAnd
    case .or: LLVMOr
    case .exclusiveOr: LLVMXor
    case .shiftLeft: LLVMShl
    case .shiftRightLogical: LLVMLShr
    case .shiftRightArithmetic: LLVMAShr
    }
  }
}

/// Conversions between types.
package enum CastOpcode {
  case truncate, zeroExtend, signExtend, bitcast
  case floatExtend, floatTruncate, floatToSigned, signedToFloat, unsignedToFloat

  var llvm: LLVMOpcode {
    switch self {
    case .truncate: LLVMTrunc
    case .zeroExtend: LLVMZExt
    case .signExtend: LLVMSExt
    case .bitcast: LLVMBitCast
    case .floatExtend: LLVMFPExt
    case .floatTruncate: LLVMFPTrunc
    case .floatToSigned: LLVMFPToSI
    case .signedToFloat: LLVMSIToFP
    case .unsignedToFloat: LLVMUIToFP
    }
  }
}

/// Comparisons of integers.
package enum IntegerPredicate {
  case equal, notEqual
  case signedLess, signedLessOrEqual, signedGreater, signedGreaterOrEqual
  case unsignedLess, unsignedLessOrEqual, unsignedGreater, unsignedGreaterOrEqual

  var llvm: LLVMIntPredicate {
    switch self {
    case .equal: LLVMIntEQ
    case .notEqual: LLVMIntNE
    case .signedLess: LLVMIntSLT
    case .signedLessOrEqual: LLVMIntSLE
    case .signedGreater: LLVMIntSGT
    case .signedGreaterOrEqual: LLVMIntSGE
    case .unsignedLess: LLVMIntULT
    case .unsignedLessOrEqual: LLVMIntULE
    case .unsignedGreater: LLVMIntUGT
    case .unsignedGreaterOrEqual: LLVMIntUGE
    }
  }
}

/// Comparisons of floating-point numbers: ordered, but for `notEqual`, which is also true of NaNs.
package enum FloatPredicate {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

  var llvm: LLVMRealPredicate {
    switch self {
    case .equal: LLVMRealOEQ
    case .notEqual: LLVMRealUNE
    case .less: LLVMRealOLT
    case .lessOrEqual: LLVMRealOLE
    case .greater: LLVMRealOGT
    case .greaterOrEqual: LLVMRealOGE
    }
  }
}
