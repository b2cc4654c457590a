import LoopIR

/// Writes the transform of an image's tiles to the domain where Winograd's algorithm multiplies: B^T d B of each tile
/// of an input, A y A^T of each tile of an output's gradient.
struct TileTransform {
  enum Kind { case input, gradient }

  let kind: Kind
  let vertical: WinogradTransform
  let horizontal: WinogradTransform
  let image: ImageLayout
  let source: BufferID
  /// Lines of the image before the first that the first tile reads.
  let padding: (top: Int, left: Int)
  /// How many tiles cover an image.
  let tiles: (rows: Int, columns: Int)
  /// Where the transformed tiles go.
  let layout: TileLayout

  /// Transforms a block of channels of a tile, to `target` in the block's part of `transformed`.
  func emit(
    _ place: TilePlace, channelBlock: Index, into transformed: BufferID, at target: Index,
    in builder: inout KernelBuilder
  ) {
    let (rows, columns) = lines(of: place, in: &builder)
    let plane = place.image * .constant(image.elementCount) + channelBlock * .constant(image.blockStride)
    prefetch(belowRows: rows, columns, from: plane, in: &builder)
    let transformedRows = rows.map { row in
      let values = columns.map { load(row, $0, from: plane, in: &builder) }
      return transform(values, by: horizontal, in: &builder)
    }
    let first = target + channelBlock * .constant(layout.blockStride)
    for column in 0..<horizontal.positionCount {
      let values = transform(transformedRows.map { $0[column] }, by: vertical, in: &builder)
      for (row, value) in values.enumerated() {
        let position = row * horizontal.positionCount + column
        builder.store(value, to: transformed, at: first + .constant(position * layout.positionStride))
      }
    }
  }

  private func transform(
    _ values: [Expression], by transform: WinogradTransform, in builder: inout KernelBuilder
  ) -> [Expression] {
    switch kind {
    case .input: transform.transformInput(values, in: &builder)
    case .gradient: transform.transformGradient(values, in: &builder)
    }
  }

  // MARK: Lines

  /// A row or column that a tile reads.
  private struct Line {
    /// Elements from the plane's start, of the nearest line inside.
    var offset: Index
    /// All lanes where it is inside, else none; nil where it always is.
    var mask: Expression?
  }

  private func load(_ row: Line, _ column: Line, from plane: Index, in builder: inout KernelBuilder) -> Expression {
    let value = builder.load(source, at: plane + row.offset + column.offset, lanes: layout.lanes)
    let masks = [row.mask, column.mask].compactMap(\.self)
    guard let first = masks.first else { return builder.bind(value) }
    let inside = masks.dropFirst().reduce(first) { .binary(.and, $0, $1) }
    return builder.bind(.select(inside, value, .constant(0, value.type)))
  }

  /// Asks for what the tile below reads: a row of tiles ahead, memory has the time that it needs.
  private func prefetch(
    belowRows rows: [Line], _ columns: [Line], from plane: Index, in builder: inout KernelBuilder
  ) {
    let below = vertical.outputs * image.rowStride
    for row in rows.suffix(vertical.outputs) {
      for column in columns.prefix(horizontal.outputs) {
        builder.prefetch(source, at: plane + row.offset + column.offset + .constant(below))
      }
    }
  }

  private func lines(of place: TilePlace, in builder: inout KernelBuilder) -> (rows: [Line], columns: [Line]) {
    let rows = lines(
      tile: place.row, lastTile: tiles.rows - 1, vertical, inside: 0...image.rows - 1, padding: padding.top,
      stride: image.rowStride, in: &builder)
    let columns = lines(
      tile: place.column, lastTile: tiles.columns - 1, horizontal,
      inside: -image.columnHalo...image.columns + image.columnHalo - 1, padding: padding.left,
      stride: image.pixelStride, in: &builder)
    return (rows, columns.map { Line(offset: $0.offset + .constant(image.firstColumn), mask: $0.mask) })
  }

  /// The lines along one axis that a tile reads, `inside` being those that are there.
  private func lines(
    tile: Index, lastTile: Int, _ transform: WinogradTransform, inside: ClosedRange<Int>, padding: Int, stride: Int,
    in builder: inout KernelBuilder
  ) -> [Line] {
    let count = kind == .input ? transform.positionCount : transform.outputs
    return (0..<count).map { position in
      let offset = position - padding
      let place = tile * .constant(transform.outputs) + .constant(offset)
      let last = lastTile * transform.outputs + offset
      if inside.contains(offset) && inside.contains(last) { return Line(offset: place * .constant(stride)) }
      let clamped = Index.min(.max(place, .constant(inside.lowerBound)), .constant(inside.upperBound))
      let depth = Index.min(place - .constant(inside.lowerBound - 1), .constant(inside.upperBound + 1) - place)
      let lanes = Index.min(.max(depth, 0), 1) * .constant(layout.lanes)
      return Line(
        offset: clamped * .constant(stride), mask: builder.bind(.firstLanes(lanes, lanes: layout.lanes)))
    }
  }
}
