import LLVMKit
import LoopIR

extension KernelEmitter {
  /// Numbers keep their value as well as `scalar` can hold it: rounded to nearest even, and integers saturate.
  func convert(_ a: Value, from type: ValueType, to scalar: ScalarType) throws -> Value {
    let source = type.scalar
    let result = ValueType(scalar, lanes: type.lanes)
    switch (source, scalar) {
    case (_, source): return a
    case (.bf16, _): return try convert(widen(a, type), from: ValueType(.f32, lanes: type.lanes), to: scalar)
    case (_, .bf16):
      let single = try convert(a, from: type, to: .f32)
      return roundToBFloat16(single, lanes: type.lanes)
    case (.mask, .f32), (.mask, .f64): return builder.cast(.unsignedToFloat, a, to: types[result])
    case (.mask, _): return builder.cast(.zeroExtend, a, to: types[result])
    case (.f32, .f64): return builder.cast(.floatExtend, a, to: types[result])
    case (.f64, .f32): return builder.cast(.floatTruncate, a, to: types[result])
    case (.f32, _), (.f64, _): return try convertToInteger(a, type, scalar)
    case (_, .f32), (_, .f64):
      return builder.cast(source.isSigned ? .signedToFloat : .unsignedToFloat, a, to: types[result])
    default: return convertInteger(a, type, scalar)
    }
  }

  private func widen(_ a: Value, _ type: ValueType) -> Value {
    let integer = types[ValueType(.i32, lanes: type.lanes)]
    let bits = builder.cast(.zeroExtend, a, to: integer)
    let shifted = builder.binary(.shiftLeft, bits, integer.constant(16))
    return builder.cast(.bitcast, shifted, to: types[ValueType(.f32, lanes: type.lanes)])
  }

  /// Adds just less than half a unit of the last place that is kept, or half where that place is odd.
  private func roundToBFloat16(_ a: Value, lanes: Int) -> Value {
    let integer = types[ValueType(.i32, lanes: lanes)]
    let bits = builder.cast(.bitcast, a, to: integer)
    let kept = builder.binary(.shiftRightLogical, bits, integer.constant(16))
    let odd = builder.binary(.and, kept, integer.constant(1))
    let rounding = builder.binary(.add, odd, integer.constant(0x7FFF))
    let rounded = builder.binary(.shiftRightLogical, builder.binary(.add, bits, rounding), integer.constant(16))
    let quiet = builder.binary(.or, kept, integer.constant(0x40))
    let isNaN = builder.compareFloats(.notEqual, a, a)
    let result = builder.select(isNaN, quiet, rounded)
    return builder.cast(.truncate, result, to: types[ValueType(.bf16, lanes: lanes)])
  }

  /// Numbers that are out of range never reach the instruction, whose result would be undefined; NaN becomes zero.
  private func convertToInteger(_ a: Value, _ type: ValueType, _ scalar: ScalarType) throws -> Value {
    let rounded = builder.call(try module.intrinsic("llvm.roundeven", [a.type]), [a])
    let range = scalar.range
    // The least number and the one past the greatest are powers of two, or zero, so both are exact.
    let least = a.type.constant(Double(range.lowerBound))
    let end = a.type.constant(Double(range.upperBound) + 1)
    let isLow = builder.compareFloats(.less, rounded, least)
    let isHigh = builder.compareFloats(.greaterOrEqual, rounded, end)
    let isInside = builder.binary(
      .and, builder.compareFloats(.greaterOrEqual, rounded, least), builder.compareFloats(.less, rounded, end))
    let inside = builder.select(isInside, rounded, a.type.zero)

    let wide = types[ValueType(scalar == .i64 ? .i64 : .i32, lanes: type.lanes)]
    let converted = builder.cast(.floatToSigned, inside, to: wide)
    let notLow = builder.select(isLow, wide.constant(range.lowerBound), converted)
    let saturated = builder.select(isHigh, wide.constant(range.upperBound), notLow)
    let result = types[ValueType(scalar, lanes: type.lanes)]
    return result == wide ? saturated : builder.cast(.truncate, saturated, to: result)
  }

  private func convertInteger(_ a: Value, _ type: ValueType, _ scalar: ScalarType) -> Value {
    let source = type.scalar.range
    let range = scalar.range
    var value = a
    if source.lowerBound < range.lowerBound {
      let bound = a.type.constant(range.lowerBound)
      value = builder.select(compare(.less, value, bound, type.scalar), bound, value)
    }
    if source.upperBound > range.upperBound {
      let bound = a.type.constant(range.upperBound)
      value = builder.select(compare(.greater, value, bound, type.scalar), bound, value)
    }
    let result = types[ValueType(scalar, lanes: type.lanes)]
    switch (type.scalar.byteCount, scalar.byteCount) {
    case (let from, let to) where from < to:
      return builder.cast(type.scalar.isSigned ? .signExtend : .zeroExtend, value, to: result)
    case (let from, let to) where from > to: return builder.cast(.truncate, value, to: result)
    default: return value
    }
  }
}
