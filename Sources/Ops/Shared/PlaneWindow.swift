/// A rectangle of a plane, without padding: what one result of a pooling is computed from.
struct PlaneWindow {
  let plane: UnsafeBufferPointer<Double>
  let rowStride: Int
  let rows: Range<Int>
  let columns: Range<Int>

  var elementCount: Int { rows.count * columns.count }

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
