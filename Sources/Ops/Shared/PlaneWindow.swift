/// A rectangle of a plane, without padding: what one result of a pooling is computed from.
struct PlaneWindow {
  let plane: UnsafeBufferPointer<Double>
  let rowStride: Int
  let rows: Range<Int>
  let columns: Range<Int>

  var elementCount: Int { rows.count * columns.count }

  /// Calls `body` with the position of each element in the plane, row by row.
  func forEachIndex(_ body: (Int) -> Void) {
    for row in rows {
      for column in columns { body(row * rowStride + column) }
    }
  }

  /// The position in the plane of the first of the largest elements, NaN counting as the largest. The window is not
  /// empty.
  func indexOfLargest(_ element: (Int) -> Double) -> Int {
    var best = rows.lowerBound * rowStride + columns.lowerBound
    var largest = element(best)
    forEachIndex { index in
      let candidate = element(index)
      guard candidate > largest || candidate.isNaN && !largest.isNaN else { return }
      (best, largest) = (index, candidate)
    }
    return best
  }

  /// NaN where there is one.
  var largest: Double {
    var largest = -Double.infinity
    for row in rows {
      for column in columns { largest = .maximumOrNaN(largest, plane[row * rowStride + column]) }
    }
    return largest
  }

  var sum: Double {
    var sum = 0.0
    for row in rows {
      for column in columns { sum += plane[row * rowStride + column] }
    }
    return sum
  }
}
