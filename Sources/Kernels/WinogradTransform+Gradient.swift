import LoopIR

/// The gradient of the taps, g' = G^T [(A y') * (B^T d)], for inputs d and the gradient y' of the outputs.
extension WinogradTransform {
  /// Five outputs of two taps, with points that lose least in the gradient of the taps.
  package static let fiveOfTwo = WinogradTransform(
    outputs: 5, taps: 2, points: [0, Rational(1, over: 2), Rational(-1, over: 2), 2, -2])

  /// The transform of so many taps less, at the same points but the first ones: A y' is the same at those.
  func withFewerTaps(_ count: Int) -> WinogradTransform {
    WinogradTransform(outputs: outputs, taps: taps - count, points: Array(points.dropFirst(count)))
  }

  /// A y', for vectors y'.
  func transformGradient(_ gradients: [Expression], in builder: inout KernelBuilder) -> [Expression] {
    var results = [Expression](repeating: gradients[0], count: positionCount)
    for (index, isPair) in pairing {
      // The polynomial with coefficients y', at p: its even powers plus p times its odd ones.
      func half(from first: Int) -> Expression {
        let terms = stride(from: first, to: outputs, by: 2).map { gradients[$0] }
        return combination(
          terms.indices.map { power(points[index] * points[index], $0) }, terms, in: &builder)
      }
      guard points[index] != 0, outputs > 1 else {
        results[index] = gradients[0]
        if isPair { results[index + 1] = gradients[0] }
        continue
      }
      let (even, odd) = (half(from: 0), half(from: 1))
      func sum(_ point: Rational) -> Expression {
        builder.bind(.fusedMultiplyAdd(.constant(point.value, odd.type), odd, even))
      }
      results[index] = sum(points[index])
      if isPair { results[index + 1] = sum(-points[index]) }
    }
    results[points.count] = gradients[outputs - 1]
    return results
  }

  /// G^T m, for vectors m.
  func transformFilterGradient(_ products: [Expression], in builder: inout KernelBuilder) -> [Expression] {
    let rows = filter
    return (0..<taps).map { tap in combination(rows.map { $0[tap] }, products, in: &builder) }
  }
}
