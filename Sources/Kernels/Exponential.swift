import LoopIR

/// e to the power of each lane, in f32, within 2 units in the last place; 0 below -87.3, infinity above 88.7, NaN
/// for NaN. Our own polynomial, since LLVM would call the C library's.
///
/// x = k ln 2 + r with |r| <= ln 2 / 2, and e^r by the Taylor series to degree 7, whose remainder is below 1e-8.
package func exponential(_ value: Expression, in builder: inout KernelBuilder) -> Expression {
  let type = value.type
  func number(_ value: Double) -> Expression { .constant(value, type) }
  let x = builder.bind(value)
  let clamped = builder.bind(.min(number(88.8), .max(number(-87.4), x)))
  let power = builder.bind(
    .unary(.floor, .fusedMultiplyAdd(clamped, number(1.442_695_040_888_963_4), number(0.5))))
  // ln 2 in two parts, so that power * ln 2 is subtracted exactly.
  let coarse = builder.bind(.fusedMultiplyAdd(power, number(-0.693_359_375), clamped))
  let rest = builder.bind(.fusedMultiplyAdd(power, number(2.121_944_400_546_905_8e-4), coarse))
  var series = number(1.0 / 5040)
  for factorial in [720.0, 120, 24, 6, 2, 1, 1] {
    series = .fusedMultiplyAdd(series, rest, number(1 / factorial))
  }
  // 2^power in two steps, since it passes the largest exponent at the top and the smallest normal one at the bottom.
  let integer = builder.bind(.convert(power, to: .i32))
  let integers = ValueType(.i32, lanes: type.lanes)
  let half = builder.bind(.binary(.shiftRightArithmetic, integer, .constant(1, integers)))
  func powerOfTwo(_ exponent: Expression) -> Expression {
    .bitcast(.binary(.shiftLeft, exponent + .constant(127, integers), .constant(23, integers)), to: .f32)
  }
  let scaled = builder.bind(series * powerOfTwo(half) * powerOfTwo(integer - half))
  let underflowed = Expression.select(.compare(.less, x, number(-87.336_54)), number(0), scaled)
  let overflowed = Expression.select(.compare(.greater, x, number(88.722_84)), number(.infinity), underflowed)
  return .select(.compare(.equal, x, x), overflowed, x)
}
