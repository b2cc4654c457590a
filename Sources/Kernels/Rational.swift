/// An exact fraction, in lowest terms, for matrices that are known when kernels are generated.
package struct Rational: Hashable, Sendable, ExpressibleByIntegerLiteral {
  package let numerator: Int
  /// Positive.
  package let denominator: Int

  package init(_ numerator: Int, over denominator: Int = 1) {
    precondition(denominator != 0, "a fraction over zero")
    var (divisor, rest) = (denominator.magnitude, numerator.magnitude)
    while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
    let sign = denominator < 0 ? -1 : 1
    self.numerator = sign * numerator / Int(divisor)
    self.denominator = sign * denominator / Int(divisor)
  }

  package init(integerLiteral value: Int) { self.init(value) }

  package var value: Double { Double(numerator) / Double(denominator) }

  package static func + (a: Rational, b: Rational) -> Rational {
    Rational(a.numerator * b.denominator + b.numerator * a.denominator, over: a.denominator * b.denominator)
  }

  package static prefix func - (a: Rational) -> Rational { Rational(-a.numerator, over: a.denominator) }
  package static func - (a: Rational, b: Rational) -> Rational { a + -b }

  package static func * (a: Rational, b: Rational) -> Rational {
    Rational(a.numerator * b.numerator, over: a.denominator * b.denominator)
  }

  package static func / (a: Rational, b: Rational) -> Rational {
    Rational(a.numerator * b.denominator, over: a.denominator * b.numerator)
  }
}
