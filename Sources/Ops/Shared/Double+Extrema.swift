extension Double {
  /// The larger number, or NaN where one of them is NaN.
  static func maximumOrNaN(_ a: Double, _ b: Double) -> Double { a.isNaN || a > b ? a : b }

  /// The smaller number, or NaN where one of them is NaN.
  static func minimumOrNaN(_ a: Double, _ b: Double) -> Double { a.isNaN || a < b ? a : b }
}
