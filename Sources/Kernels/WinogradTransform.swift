/// Winograd's algorithm in one direction: `outputs` neighbouring sums of `taps` products with `positionCount`
/// multiplications, y = A^T [(G g) * (B^T d)], for inputs d and taps g.
///
/// Polynomials are evaluated at `points` and at infinity, multiplied there, and the algorithm of Toom and Cook is
/// transposed (S. Winograd, Arithmetic Complexity of Computations, 1980). All matrices follow from the points by exact
/// arithmetic. Points in pairs p, -p share most of their arithmetic.
package struct WinogradTransform: Hashable, Sendable {
  package let outputs: Int
  package let taps: Int
  /// The finite points; where one and the next differ in sign alone, they are a pair.
  package let points: [Rational]
  /// Whether the filters are those of a transform with one output more, whose first point is 0.
  private let leavesZeroOut: Bool

  /// - Parameter points: `outputs + taps - 2` different ones.
  package init(outputs: Int, taps: Int, points: [Rational]) {
    self.init(outputs: outputs, taps: taps, points: points, leavesZeroOut: false)
  }

  private init(outputs: Int, taps: Int, points: [Rational], leavesZeroOut: Bool) {
    precondition(points.count == outputs + taps - 2 && Set(points).count == points.count, "points do not fit")
    self.outputs = outputs
    self.taps = taps
    self.points = points
    self.leavesZeroOut = leavesZeroOut
  }

  /// The transform with one output less, at the same points but the first, 0, and with the same filters at those: what
  /// they are divided by besides, the point itself, the inputs are multiplied with.
  package var narrower: WinogradTransform {
    precondition(points.first == 0 && outputs > 1, "no output or point to leave out")
    return WinogradTransform(outputs: outputs - 1, taps: taps, points: Array(points.dropFirst()), leavesZeroOut: true)
  }

  /// Two outputs of three taps.
  package static let two = WinogradTransform(outputs: 2, taps: 3, points: [0, 1, -1])
  /// Four outputs of three taps, with the points that lose least (docs/decisions/0014-winograd.md).
  package static let four = WinogradTransform(
    outputs: 4, taps: 3,
    points: [0, Rational(5, over: 8), Rational(-5, over: 8), Rational(3, over: 2), Rational(-3, over: 2)])

  /// Two outputs of two taps.
  package static let twoOfTwo = WinogradTransform(outputs: 2, taps: 2, points: [0, 1])
  /// Four outputs of two taps, with points that lose little, in the gradient of the taps too.
  package static let fourOfTwo = WinogradTransform(
    outputs: 4, taps: 2, points: [0, Rational(2, over: 3), Rational(-2, over: 3), Rational(7, over: 4)])

  /// Four outputs of four taps, with points that lose least.
  package static let fourOfFour = WinogradTransform(
    outputs: 4, taps: 4,
    points: [0, Rational(5, over: 8), Rational(-5, over: 8), 1, -1, Rational(11, over: 4)])

  /// What a convolution with so many taps chooses among.
  package static func candidates(taps: Int) -> [WinogradTransform] {
    switch taps {
    case 2: [.twoOfTwo, .fourOfTwo]
    case 3: [.two, .four]
    case 4: [.fourOfFour]
    default: []
    }
  }

  /// Inputs, and multiplications: one at each point and one at infinity, which is the last.
  package var positionCount: Int { points.count + 1 }

  /// B^T: row i holds the coefficients of the product of all x - p but that of point i, ascending, times its scale.
  package var input: [[Rational]] {
    let all = Self.polynomial(roots: points)
    return points.indices.map { index in
      Self.polynomial(roots: points.without(index)).map { scale(ofPoint: index) * $0 } + [0]
    } + [all]
  }

  /// What a point's inputs are multiplied with, and its filters divided by.
  func scale(ofPoint index: Int) -> Rational { leavesZeroOut ? points[index] : 1 }

  /// G: row i evaluates the taps at point i, and divides by what B^T leaves out.
  package var filter: [[Rational]] {
    let finite = points.enumerated().map { index, point in
      let scale = points.without(index).map { point - $0 }.reduce(scale(ofPoint: index), *)
      return (0..<taps).map { power(point, $0) / scale }
    }
    return finite + [(0..<taps).map { $0 == taps - 1 ? 1 : 0 }]
  }

  /// A^T: row k holds the points' powers of k.
  package var output: [[Rational]] {
    (0..<outputs).map { row in points.map { power($0, row) } + [row == outputs - 1 ? 1 : 0] }
  }

  /// Points that stand alone, and the first of each pair.
  var pairing: [(index: Int, isPair: Bool)] {
    var result: [(Int, Bool)] = []
    var index = 0
    while index < points.count {
      let isPair = index + 1 < points.count && points[index + 1] == -points[index]
      result.append((index, isPair))
      index += isPair ? 2 : 1
    }
    return result
  }

  /// Coefficients of the monic polynomial with these roots, ascending.
  static func polynomial(roots: [Rational]) -> [Rational] {
    roots.reduce([1]) { coefficients, root in
      zip([0] + coefficients, coefficients + [0]).map { raised, same in raised - root * same }
    }
  }

  func power(_ base: Rational, _ exponent: Int) -> Rational {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}

extension Array {
  fileprivate func without(_ index: Int) -> [Element] { Array(self[..<index] + self[(index + 1)...]) }
}
