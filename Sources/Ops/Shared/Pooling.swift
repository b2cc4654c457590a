import GraphIR
import OrderedCollections
import Tensors

/// The windows of a pooling: what max and average pooling have in common. Sizes are PyTorch's.
package struct Pooling: Hashable, Sendable {
  package var kernel: Extent2D
  package var stride: Extent2D
  package var padding: Padding2D
  /// Whether a last window may hang over the end of the padded input.
  package var ceil: Bool

  package init(kernel: Extent2D, stride: Extent2D, padding: Padding2D = .zero, ceil: Bool = false) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.ceil = ceil
  }

  package init(_ reader: inout AttributeReader) throws(OpError) {
    kernel = Extent2D(try reader.ints("kernel", count: 2))
    stride = Extent2D(try reader.ints("stride", count: 2, default: [kernel.rows, kernel.columns]))
    padding = Padding2D(try reader.ints("padding", count: 4, default: [0, 0, 0, 0]))
    ceil = try reader.bool("ceil", default: false)
  }

  package var attributes: Attributes {
    var attributes: Attributes = ["kernel": kernel.attribute]
    attributes.append("stride", stride.attribute, default: kernel.attribute)
    attributes.append("padding", padding.attribute, default: Padding2D.zero.attribute)
    attributes.append("ceil", .bool(ceil), default: .bool(false))
    return attributes
  }

  package var window: SlidingWindow2D { SlidingWindow2D(kernel: kernel, stride: stride, padding: padding) }

  /// The shape rule, with constraints (C1) to (C3) of `MaxPool2D`.
  func resultTypes(_ operands: [TensorType], of op: any Op.Type) throws(OpError) -> [TensorType] {
    try op.checkCount(operands, 1)
    var maps = try FeatureMaps(operands[0], of: op)
    try kernel.check("kernel", of: op, constraint: "C2")
    try stride.check("stride", of: op, constraint: "C2")
    try padding.check(of: op, constraint: "C2")
    guard max(padding.top, padding.bottom) <= kernel.rows / 2, max(padding.left, padding.right) <= kernel.columns / 2
    else {
      throw OpError(
        "\(op.mnemonic) needs a padding of at most half its kernel of \(kernel); got \(padding)", constraint: "C2")
    }
    maps.size = try window.resultSize(input: maps.size, ceil: ceil, of: op, constraint: "C3")
    return [maps.type]
  }
}

// MARK: Evaluation

extension Pooling {
  /// Computes one element a window from the input that it covers and the count of positions that it covers with
  /// padding (but without what hangs over that).
  func reduceWindows(of input: Tensor, _ reduce: (_ window: PlaneWindow, _ paddedCount: Int) -> Double) -> Tensor {
    let (rowCount, columnCount) = (input.dimensions[2], input.dimensions[3])
    let window = window
    let resultRows = window.rows.count(input: rowCount, ceil: ceil) ?? 0
    let resultColumns = window.columns.count(input: columnCount, ceil: ceil) ?? 0
    let size = Extent2D(rows: rowCount, columns: columnCount)
    return input.mapPlanes(toRows: resultRows, columns: resultColumns) { plane, row, column in
      let (covered, paddedCount) = window.covered(plane, of: size, row: row, column: column)
      return reduce(covered, paddedCount)
    }
  }

  /// The reverse of `reduceWindows`: a tensor with planes of this size, of zeros at first, to which `scatter` adds
  /// what the element of each window gives. `planeStart` is where the window's plane begins in such a tensor.
  func scatterWindows(
    of elements: Tensor, onto size: Extent2D,
    _ scatter: (
      _ element: Double, _ window: PlaneWindow, _ paddedCount: Int, _ planeStart: Int,
      _ target: UnsafeMutableBufferPointer<Double>
    ) -> Void
  ) -> Tensor {
    let window = window
    return elements.scatterPlanes(toRows: size.rows, columns: size.columns) { element, row, column, start, target in
      let (covered, paddedCount) = window.covered(UnsafeBufferPointer(target), of: size, row: row, column: column)
      scatter(element, covered, paddedCount, start, target)
    }
  }
}

extension SlidingWindow2D {
  /// What a window covers of a plane, and how many positions it covers with padding.
  fileprivate func covered(
    _ plane: UnsafeBufferPointer<Double>, of size: Extent2D, row: Int, column: Int
  ) -> (window: PlaneWindow, paddedCount: Int) {
    let covered = PlaneWindow(
      plane: plane, rowStride: size.columns, rows: rows.covered(window: row, input: size.rows),
      columns: columns.covered(window: column, input: size.columns))
    let paddedCount =
      rows.paddedCount(window: row, input: size.rows) * columns.paddedCount(window: column, input: size.columns)
    return (covered, paddedCount)
  }
}

// MARK: Surface

extension Pooling {
  static let surfaceParameters = [
    Surface.Parameter.input,
    Surface.Parameter("kernel", .pair, "Size of the window: one number, or [rows, columns]."),
    Surface.Parameter("stride", .pair, default: .sameAs("kernel"), "Step from one window to the next."),
    Surface.Parameter("padding", .pair, default: .int(0), "Positions added on each side, at most half the kernel."),
    Surface.Parameter("ceil", .bool, default: .bool(false), "Whether a last window may hang over the end."),
  ]

  init(_ call: SurfaceCall) {
    self.init(
      kernel: Extent2D(call.pair("kernel")), stride: Extent2D(call.pair("stride")),
      padding: Padding2D(symmetric: call.pair("padding")), ceil: call.bool("ceil"))
  }
}
