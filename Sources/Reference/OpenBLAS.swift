import COpenBLAS
import GraphIR

/// Matrix products through OpenBLAS's dgemm.
package struct OpenBLAS: MatrixMultiply {
  package init() {}

  package func multiply(_ a: [Double], _ b: [Double], rows: Int, inner: Int, columns: Int) -> [Double] {
    precondition(a.count == rows * inner && b.count == inner * columns, "matrices do not fit their sizes")
    return [Double](unsafeUninitializedCapacity: rows * columns) { product, count in
      // With beta 0, dgemm writes without reading.
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(columns), blasint(inner), 1, a,
        blasint(inner), b, blasint(columns), 0, product.baseAddress, blasint(columns))
      count = rows * columns
    }
  }
}
