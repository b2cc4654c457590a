import GraphIR

/// A size or a step on a feature map: rows, then columns.
package struct Extent2D: Hashable, Sendable {
  package var rows: Int
  package var columns: Int

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  package init(_ both: Int) { self.init(rows: both, columns: both) }

  /// From `[rows, columns]`.
  package init(_ pair: [Int]) { self.init(rows: pair[0], columns: pair[1]) }

  package static let one = Extent2D(1)

  package var attribute: Attribute { .ints([rows, columns]) }

  /// Throws where a component is outside of 1...`SizeLimit.extent`.
  func check(_ what: String, of op: any Op.Type, constraint: String) throws(OpError) {
    for value in [rows, columns] where !(1...SizeLimit.extent).contains(value) {
      throw OpError("\(op.mnemonic) needs a \(what) of 1 to 2^28; got \(self)", constraint: constraint)
    }
  }
}

extension Extent2D: CustomStringConvertible {
  package var description: String { "[\(rows), \(columns)]" }
}

/// Zeros around a feature map.
package struct Padding2D: Hashable, Sendable {
  package var top: Int
  package var left: Int
  package var bottom: Int
  package var right: Int

  package init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  /// From `[top, left, bottom, right]`.
  package init(_ sides: [Int]) { self.init(top: sides[0], left: sides[1], bottom: sides[2], right: sides[3]) }

  /// The same above as below, and left as right.
  package init(symmetric pair: [Int]) { self.init(top: pair[0], left: pair[1], bottom: pair[0], right: pair[1]) }

  package static let zero = Padding2D(top: 0, left: 0, bottom: 0, right: 0)

  package var attribute: Attribute { .ints([top, left, bottom, right]) }

  /// Throws where a side is outside of 0...`SizeLimit.extent`.
  func check(of op: any Op.Type, constraint: String) throws(OpError) {
    for value in [top, left, bottom, right] where !(0...SizeLimit.extent).contains(value) {
      throw OpError("\(op.mnemonic) needs a padding of 0 to 2^28; got \(self)", constraint: constraint)
    }
  }
}

extension Padding2D: CustomStringConvertible {
  package var description: String { "[\(top), \(left), \(bottom), \(right)]" }
}
