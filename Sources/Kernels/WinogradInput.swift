import LoopIR

/// Writes the transform of the input: B^T d B of each tile and channel block.
struct WinogradInput {
  let problem: Winograd
  let schedule: Winograd.Schedule
  let input: BufferID

  private var image: ImageLayout { problem.convolution.input }
  private var layout: TileLayout { problem.transformedInput(schedule) }

  /// Transforms `tiles` tiles of a block to `transformed`, from `origin` on.
  func emit(
    _ block: TileBlock, tiles: Index, channelBlocks: (from: Index, to: Index), into transformed: BufferID,
    at origin: Index, in builder: inout KernelBuilder
  ) {
    // Tile by tile along the rows of a plane, which is how a processor foresees what is read.
    builder.loop("channelBlock", from: channelBlocks.from, to: channelBlocks.to) { builder, channelBlock in
      builder.loop("tile", to: tiles) { builder, tile in
        let place = problem.place(ofTile: tile, in: block, schedule)
        let (rows, columns) = axes(of: place, in: &builder)
        let source = place.image * .constant(image.elementCount) + channelBlock * .constant(image.blockStride)
        prefetch(belowRows: rows, columns, from: source, in: &builder)
        let transformedRows = rows.map { row in
          let values = columns.map { load(row, $0, from: source, in: &builder) }
          return problem.horizontal.transformInput(values, in: &builder)
        }
        let target = origin + tile * .constant(layout.lanes) + channelBlock * .constant(layout.blockStride)
        for column in 0..<problem.horizontal.positionCount {
          let values = problem.vertical.transformInput(transformedRows.map { $0[column] }, in: &builder)
          for (row, value) in values.enumerated() {
            let position = row * problem.horizontal.positionCount + column
            builder.store(value, to: transformed, at: target + .constant(position * layout.positionStride))
          }
        }
      }
    }
  }

  /// A row or column that a tile reads.
  private struct Line {
    /// Elements from the plane's start, of the nearest line inside.
    var offset: Index
    /// All lanes where it is inside, else none; nil where it always is.
    var mask: Expression?
  }

  private func load(_ row: Line, _ column: Line, from source: Index, in builder: inout KernelBuilder) -> Expression {
    let value = builder.load(input, at: source + row.offset + column.offset, lanes: layout.lanes)
    let masks = [row.mask, column.mask].compactMap(\.self)
    guard let first = masks.first else { return builder.bind(value) }
    let inside = masks.dropFirst().reduce(first) { .binary(.and, $0, $1) }
    return builder.bind(.select(inside, value, .constant(0, value.type)))
  }

  /// Asks for what the tile below reads: a row of tiles ahead, memory has the time that it needs.
  private func prefetch(
    belowRows rows: [Line], _ columns: [Line], from source: Index, in builder: inout KernelBuilder
  ) {
    let below = problem.vertical.outputs * image.rowStride
    for row in rows.suffix(problem.vertical.outputs) {
      for column in columns.prefix(problem.horizontal.outputs) {
        builder.prefetch(input, at: source + row.offset + column.offset + .constant(below))
      }
    }
  }

  private func axes(of place: TilePlace, in builder: inout KernelBuilder) -> (rows: [Line], columns: [Line]) {
    let rows = lines(
      tile: place.row, lastTile: problem.tileRows - 1, problem.vertical, inside: 0...image.rows - 1,
      padding: problem.convolution.paddingTop, stride: image.rowStride, in: &builder)
    let columns = lines(
      tile: place.column, lastTile: problem.tileColumns - 1, problem.horizontal,
      inside: -image.columnHalo...image.columns + image.columnHalo - 1, padding: problem.convolution.paddingLeft,
      stride: image.pixelStride, in: &builder)
    return (rows, columns.map { Line(offset: $0.offset + .constant(image.firstColumn), mask: $0.mask) })
  }

  /// The lines along one axis that a tile reads, `inside` being those that are there.
  private func lines(
    tile: Index, lastTile: Int, _ transform: WinogradTransform, inside: ClosedRange<Int>, padding: Int, stride: Int,
    in builder: inout KernelBuilder
  ) -> [Line] {
    (0..<transform.positionCount).map { position in
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
