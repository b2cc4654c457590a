import LoopIR

/// The natural logarithm of each lane, in f64, for positive normal numbers, to about 1e-15; NaN for NaN.
///
/// x = 2^k m with m in [sqrt(1/2), sqrt(2)), and log m = 2 artanh((m - 1) / (m + 1)) by its series, in which the
/// argument is at most 0.1716.
package func logarithm(_ value: Expression, in builder: inout KernelBuilder) -> Expression {
  let type = value.type
  let integers = ValueType(.i64, lanes: type.lanes)
  func number(_ value: Double) -> Expression { .constant(value, type) }
  func integer(_ value: Double) -> Expression { .constant(value, integers) }
  let x = builder.bind(value)
  let bits = builder.bind(.bitcast(x, to: .i64))
  let fraction = Expression.binary(.and, bits, integer(Double(1 << 52 - 1)))
  let one = integer(Double(1023 << 52))
  let whole = builder.bind(.bitcast(.binary(.or, fraction, one), to: .f64))
  let exponent = builder.bind(
    .convert(.binary(.shiftRightLogical, bits, integer(52)) - integer(1023), to: .f64))
  let isLarge = builder.bind(.compare(.greater, whole, number(2.0.squareRoot())))
  let mantissa = builder.bind(.select(isLarge, whole * number(0.5), whole))
  let power = builder.bind(.select(isLarge, exponent + number(1), exponent))
  let t = builder.bind((mantissa - number(1)) / (mantissa + number(1)))
  let square = builder.bind(t * t)
  var series = number(1.0 / 19)
  for denominator in stride(from: 17.0, through: 1, by: -2) {
    series = .fusedMultiplyAdd(series, square, number(1 / denominator))
  }
  let result = builder.bind(.fusedMultiplyAdd(power, number(0.693_147_180_559_945_3), number(2) * t * series))
  return .select(.compare(.equal, x, x), result, x)
}
