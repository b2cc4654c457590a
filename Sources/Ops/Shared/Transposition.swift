/// A row-major matrix with rows and columns exchanged.
func transposed(_ matrix: [Double], rows: Int, columns: Int) -> [Double] {
  [Double](unsafeUninitializedCapacity: rows * columns) { result, count in
    for row in 0..<rows {
      for column in 0..<columns { result[column * rows + row] = matrix[row * columns + column] }
    }
    count = rows * columns
  }
}
