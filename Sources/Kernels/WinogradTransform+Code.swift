import LoopIR

extension WinogradTransform {
  /// B^T d, for vectors d.
  func transformInput(_ inputs: [Expression], in builder: inout KernelBuilder) -> [Expression] {
    let all = Self.polynomial(roots: points)
    var results = [Expression](repeating: inputs[0], count: positionCount)
    for (index, isPair) in pairing {
      // Rows of a pair are (x + p) q and (x - p) q, with q the product of the other factors. Where their scales differ
      // in sign, one is the difference that the other is the sum of.
      let others = points.indices.filter { $0 != index && !(isPair && $0 == index + 1) }.map { points[$0] }
      let scale = scale(ofPoint: index)
      let common = Self.polynomial(roots: others).map { scale * $0 }
      guard isPair else {
        results[index] = combination(common, inputs, in: &builder)
        continue
      }
      let raised = combination(common, Array(inputs.dropFirst()), in: &builder)
      let same = combination(common, inputs, in: &builder)
      let point = Expression.constant(points[index].value, same.type)
      if self.scale(ofPoint: index + 1) == scale {
        results[index] = builder.bind(.fusedMultiplyAdd(point, same, raised))
        let opposite = Expression.constant(-points[index].value, same.type)
        results[index + 1] = builder.bind(.fusedMultiplyAdd(opposite, same, raised))
      } else {
        let product = builder.bind(point * same)
        results[index] = builder.bind(product + raised)
        results[index + 1] = builder.bind(product - raised)
      }
    }
    results[points.count] = combination(all, inputs, in: &builder)
    return results
  }

  /// G g, for vectors g.
  func transformFilter(_ taps: [Expression], in builder: inout KernelBuilder) -> [Expression] {
    filter.map { combination($0, taps, in: &builder) }
  }

  /// A^T m, for vectors m.
  func transformOutput(_ products: [Expression], in builder: inout KernelBuilder) -> [Expression] {
    // What powers of a point are multiplied with: even ones, odd ones.
    let terms = pairing.map { index, isPair -> (point: Rational, even: Expression, odd: Expression) in
      guard isPair else { return (points[index], products[index], products[index]) }
      return (
        points[index], builder.bind(products[index] + products[index + 1]),
        builder.bind(products[index] - products[index + 1])
      )
    }
    let rows = output
    return (0..<outputs).map { row in
      let coefficients = pairing.map { rows[row][$0.index] } + [rows[row][points.count]]
      let values = terms.map { row % 2 == 0 ? $0.even : $0.odd } + [products[points.count]]
      return combination(coefficients, values, in: &builder)
    }
  }

  /// The sum of coefficients times values, those with coefficient 1 first.
  func combination(
    _ coefficients: [Rational], _ values: [Expression], in builder: inout KernelBuilder
  ) -> Expression {
    let terms = zip(coefficients, values).filter { $0.0 != 0 }
    let ordered = terms.filter { $0.0 == 1 } + terms.filter { $0.0 != 1 }
    guard let first = ordered.first else { preconditionFailure("a row of zeros") }
    let start = first.0 == 1 ? first.1 : .constant(first.0.value, first.1.type) * first.1
    let sum = ordered.dropFirst().reduce(start) { sum, term in
      let (coefficient, value) = term
      return switch coefficient {
      case 1: sum + value
      case -1: sum - value
      default: .fusedMultiplyAdd(.constant(coefficient.value, value.type), value, sum)
      }
    }
    return builder.bind(sum)
  }
}
