import GraphIR
import OrderedCollections
import Tensors

/// The bins of an adaptive pooling: `size` of them over rows and columns, whatever the input. As in PyTorch, bin i of n
/// over an extent is floor(i * extent / n) ..< ceil((i + 1) * extent / n).
package struct AdaptiveBins: Hashable, Sendable {
  package var size: Extent2D

  package init(size: Extent2D) { self.size = size }

  package init(attributes: Attributes, of op: any Op.Type) throws(OpError) {
    var reader = AttributeReader(attributes, of: op)
    size = Extent2D(try reader.ints("size", count: 2))
    try reader.finish()
  }

  package var attributes: Attributes { ["size": size.attribute] }

  /// The positions of bin `index` of `count` over `extent`.
  package static func bin(_ index: Int, of count: Int, over extent: Int) -> Range<Int> {
    index * extent / count..<((index + 1) * extent + count - 1) / count
  }

  /// The shape rule, with constraints (C1) and (C2) of `AdaptiveAveragePool`.
  func resultTypes(_ operands: [TensorType], of op: any Op.Type) throws(OpError) -> [TensorType] {
    try op.checkCount(operands, 1)
    var maps = try FeatureMaps(operands[0], of: op)
    try size.check("size", of: op, constraint: "C2")
    maps.size = size
    return [maps.type]
  }

  /// Computes one element a bin.
  func reduceBins(of input: Tensor, _ reduce: (PlaneWindow) -> Double) -> Tensor {
    let inputSize = Extent2D(rows: input.dimensions[2], columns: input.dimensions[3])
    return input.mapPlanes(toRows: size.rows, columns: size.columns) { plane, row, column in
      reduce(bin(of: plane, inputSize, row: row, column: column))
    }
  }

  /// The reverse of `reduceBins`: a tensor with planes of size `inputSize`, of zeros at first, to which `scatter` adds
  /// what the element of each bin gives. `planeStart` is where the bin's plane begins in such a tensor.
  static func scatter(
    _ elements: Tensor, onto inputSize: Extent2D,
    _ scatter: (
      _ element: Double, _ bin: PlaneWindow, _ planeStart: Int, _ target: UnsafeMutableBufferPointer<Double>
    ) -> Void
  ) -> Tensor {
    let bins = AdaptiveBins(size: Extent2D(rows: elements.dimensions[2], columns: elements.dimensions[3]))
    return elements.scatterPlanes(toRows: inputSize.rows, columns: inputSize.columns) {
      element, row, column, planeStart, target in
      let bin = bins.bin(of: UnsafeBufferPointer(target), inputSize, row: row, column: column)
      scatter(element, bin, planeStart, target)
    }
  }

  private func bin(
    of plane: UnsafeBufferPointer<Double>, _ planeSize: Extent2D, row: Int, column: Int
  ) -> PlaneWindow {
    PlaneWindow(
      plane: plane, rowStride: planeSize.columns, rows: Self.bin(row, of: size.rows, over: planeSize.rows),
      columns: Self.bin(column, of: size.columns, over: planeSize.columns))
  }

  static let surfaceParameters = [
    Surface.Parameter.input,
    Surface.Parameter("size", .pair, labelled: false, "Size of the result: one number, or [rows, columns]."),
  ]
}
