import Foundation

/// A scale from values to places, with round numbers to label.
struct ChartAxis {
  let range: ClosedRange<Double>
  let isLogarithmic: Bool
  let ticks: [Double]

  /// From 0 or the least value to the largest, in about `tickCount` equal parts.
  init(linear values: ClosedRange<Double>, tickCount: Int) {
    let span = max(values.upperBound - values.lowerBound, 1e-12)
    let step = Self.roundStep(span / Double(tickCount))
    let first = (values.lowerBound / step).rounded(.down)
    let last = (values.upperBound / step - 1e-9).rounded(.up)
    range = first * step...last * step
    ticks = stride(from: first, through: last, by: 1).map { $0 * step }
    isLogarithmic = false
  }

  /// Between the powers of ten, or twice or five times those, around the values, which are above 0.
  init(logarithmic values: ClosedRange<Double>) {
    let decades = Int(log10(values.lowerBound).rounded(.down))...Int(log10(values.upperBound).rounded(.up))
    let all = decades.flatMap { decade in [1, 2, 5].map { $0 * pow(10, Double(decade)) } }
    let lower = all.last { $0 <= values.lowerBound * (1 + 1e-9) } ?? values.lowerBound
    let upper = all.first { $0 >= values.upperBound * (1 - 1e-9) } ?? values.upperBound
    let range = lower...max(upper, lower * 2)
    let within = all.filter(range.contains)
    // Many decades have room for their powers of ten alone.
    ticks = within.count <= 8 ? within : decades.map { pow(10, Double($0)) }.filter(range.contains)
    self.range = range
    isLogarithmic = true
  }

  /// The logarithmic axis where values differ by more than a factor of eight, and none is 0.
  static func fitting(_ values: [Double], tickCount: Int) -> ChartAxis {
    let finite = values.filter(\.isFinite)
    guard let least = finite.min(), let largest = finite.max() else {
      return ChartAxis(linear: 0...1, tickCount: tickCount)
    }
    if least > 0, largest / least > 8 { return ChartAxis(logarithmic: least...largest) }
    return ChartAxis(linear: min(least, 0)...max(largest, 1e-9), tickCount: tickCount)
  }

  /// Where a value lies: 0 at the lower end, 1 at the upper one.
  func place(_ value: Double) -> Double {
    let scale: (Double) -> Double = isLogarithmic ? { log10(max($0, .leastNormalMagnitude)) } : { $0 }
    let (lower, upper) = (scale(range.lowerBound), scale(range.upperBound))
    return min(max((scale(value) - lower) / (upper - lower), 0), 1)
  }

  /// 1, 2 or 5 times a power of ten, the least that is not below `step`.
  private static func roundStep(_ step: Double) -> Double {
    let decade = pow(10, log10(step).rounded(.down))
    return ([1, 2, 5].first { $0 * decade >= step * (1 - 1e-9) } ?? 10) * decade
  }
}
