import LoopIR

/// Writes the transform of an image's tiles to the domain where Winograd's algorithm multiplies: B^T d B of each tile
/// of an input, A y A^T of each tile of an output's gradient.
struct TileTransform {
  enum Kind { case input, gradient }

  let kind: Kind
  let grid: TileGrid
  let image: ImageLayout
  let source: BufferID
  /// Lines of the image before the first that the first tile reads.
  let padding: (top: Int, left: Int)
  /// How far apart those rows and columns are that a tile reads, and that neighbouring outputs read.
  var strides = (rows: 1, columns: 1)
  /// Where the transformed tiles go.
  let layout: TileLayout

  /// Transforms some blocks of channels of `tiles` tiles, to `transformed` from `origin` on.
  func emit(
    channelBlocks: (from: Index, to: Index), tiles: Index, into transformed: BufferID, at origin: Index,
    in builder: inout KernelBuilder, place: (Index) -> TilePlace
  ) {
    // Tile by tile along the rows of a plane, which is how a processor foresees what is read.
    builder.loop("channelBlock", from: channelBlocks.from, to: channelBlocks.to) { builder, channelBlock in
      builder.loop("tile", to: tiles) { builder, tile in
        emit(place(tile), channelBlock: channelBlock, into: transformed, at: origin, in: &builder)
      }
    }
  }

  private func emit(
    _ place: TilePlace, channelBlock: Index, into transformed: BufferID, at origin: Index,
    in builder: inout KernelBuilder
  ) {
    let first = origin + channelBlock * .constant(layout.blockStride)
    let plane = place.image * .constant(image.elementCount) + channelBlock * .constant(image.blockStride)
    grid.emit(at: place, in: &builder) { vertical, horizontal, builder in
      let rows = rows(place.row, vertical, in: &builder)
      let columns = columns(place.column, horizontal, in: &builder)
      prefetch(belowRows: rows, columns, vertical, horizontal, from: plane, in: &builder)
      let transformedRows = rows.map { row in
        let values = columns.map { load(row, $0, from: plane, in: &builder) }
        return transform(values, by: horizontal.transform, in: &builder)
      }
      for column in 0..<horizontal.transform.positionCount {
        let values = transform(transformedRows.map { $0[column] }, by: vertical.transform, in: &builder)
        for (row, value) in values.enumerated() {
          let (row, column) = (row + vertical.firstPosition, column + horizontal.firstPosition)
          let number = grid.number(of: place, atRow: row, column: column)
          let position = row * grid.columns.transform.positionCount + column
          builder.store(
            value, to: transformed,
            at: first + number * .constant(layout.lanes) + .constant(position * layout.positionStride))
        }
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
    /// Where the nearest line inside begins, from the first one or from the plane's start.
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
    belowRows rows: [Line], _ columns: [Line], _ vertical: TileRun, _ horizontal: TileRun, from plane: Index,
    in builder: inout KernelBuilder
  ) {
    let below = vertical.transform.outputs * strides.rows * image.rowStride
    for row in rows.suffix(vertical.transform.outputs) {
      for column in columns.prefix(horizontal.transform.outputs) {
        builder.prefetch(source, at: plane + row.offset + column.offset + .constant(below))
      }
    }
  }

  private func rows(_ tile: Index, _ run: TileRun, in builder: inout KernelBuilder) -> [Line] {
    lines(
      tile, run, inside: 0...image.rows - 1, padding: padding.top, apart: strides.rows, in: &builder
    ).map { Line(offset: $0.offset * .constant(image.rowStride), mask: $0.mask) }
  }

  private func columns(_ tile: Index, _ run: TileRun, in builder: inout KernelBuilder) -> [Line] {
    lines(
      tile, run, inside: -image.columnHalo...image.columns + image.columnHalo - 1, padding: padding.left,
      apart: strides.columns, in: &builder
    ).map { Line(offset: $0.offset * .constant(image.pixelStride) + .constant(image.firstColumn), mask: $0.mask) }
  }

  /// The lines along one axis that a tile of a run reads, by their numbers, `inside` being those that are there.
  private func lines(
    _ tile: Index, _ run: TileRun, inside: ClosedRange<Int>, padding: Int, apart stride: Int,
    in builder: inout KernelBuilder
  ) -> [Line] {
    let count = kind == .input ? run.transform.positionCount : run.transform.outputs
    return (0..<count).map { position in
      let offset = position * stride - padding
      let place = run.firstOutput(ofTile: tile) * .constant(stride) + .constant(offset)
      let outputs = run.firstOutputs
      if inside.contains(outputs.first * stride + offset) && inside.contains(outputs.last * stride + offset) {
        return Line(offset: place)
      }
      let clamped = Index.min(.max(place, .constant(inside.lowerBound)), .constant(inside.upperBound))
      let depth = Index.min(place - .constant(inside.lowerBound - 1), .constant(inside.upperBound + 1) - place)
      let lanes = Index.min(.max(depth, 0), 1) * .constant(layout.lanes)
      return Line(offset: clamped, mask: builder.bind(.firstLanes(lanes, lanes: layout.lanes)))
    }
  }
}
