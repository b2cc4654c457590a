import LoopIR

extension WinogradProducts {
  /// Transforms the products of a block back, A^T M A, and stores what the epilogue makes of them.
  func emitOutput(_ block: TileBlock, _ channelTile: Index, vectors: Int, in builder: inout KernelBuilder) {
    let layout = problem.products(schedule)
    builder.loop("vector", to: .constant(vectors)) { builder, vector in
      let channelBlock = channelTile * .constant(schedule.tile.vectors) + vector
      let channels = output.channels(from: channelBlock * .constant(lanes), in: &builder)
      let first = productsOrigin + vector * .constant(layout.blockStride)
      builder.loop("tile", to: problem.tileCount(of: block, schedule)) { builder, tile in
        let place = problem.place(ofTile: tile, in: block, schedule)
        problem.grid.emit(at: place, in: &builder) { rows, columns, builder in
          let sums = transformColumns(place, rows, columns, at: first, in: &builder)
          emitTile(sums, rows, columns, at: Corner(place: place, channelBlock: channelBlock), channels, in: &builder)
        }
      }
    }
  }

  /// A^T M, the columns of the products of a tile transformed.
  private func transformColumns(
    _ place: TilePlace, _ rows: TileRun, _ columns: TileRun, at first: Index, in builder: inout KernelBuilder
  ) -> [[Expression]] {
    let layout = problem.products(schedule)
    return (0..<columns.transform.positionCount).map { column in
      let products = (0..<rows.transform.positionCount).map { row in
        let (row, column) = (row + rows.firstPosition, column + columns.firstPosition)
        let number = problem.grid.number(of: place, atRow: row, column: column)
        let position = row * problem.horizontal.positionCount + column
        let index = first + number * .constant(layout.lanes) + .constant(position * layout.positionStride)
        return builder.bind(builder.load(scratch, at: index, lanes: lanes))
      }
      return rows.transform.transformOutput(products, in: &builder)
    }
  }

  /// The tile that is written.
  private struct Corner {
    var place: TilePlace
    var channelBlock: Index
  }

  /// Writes the rows and columns of the tile that are inside the image, and the halo beside the outermost tiles.
  private func emitTile(
    _ sums: [[Expression]], _ rows: TileRun, _ columns: TileRun, at corner: Corner,
    _ channels: ConvolutionOutput.Channels, in builder: inout KernelBuilder
  ) {
    let image = problem.convolution.output
    for row in 0..<rows.transform.outputs {
      let outputRow = rows.firstOutput(ofTile: corner.place.row) + .constant(row)
      builder.conditional(outputRow, isBelow: image.rows, unless: rows.firstOutputs.last + row < image.rows) {
        builder in
        let values = columns.transform.transformOutput(sums.map { $0[row] }, in: &builder)
        for (column, value) in values.enumerated() {
          let outputColumn = columns.firstOutput(ofTile: corner.place.column) + .constant(column)
          builder.conditional(
            outputColumn, isBelow: image.columns, unless: columns.firstOutputs.last + column < image.columns
          ) { builder in
            output.store(value, channels, in: &builder) { index($0, corner, outputRow, outputColumn) }
          }
        }
        emitHalo(beside: columns, at: corner, outputRow, in: &builder)
      }
    }
  }

  private func emitHalo(beside run: TileRun, at corner: Corner, _ row: Index, in builder: inout KernelBuilder) {
    let image = problem.convolution.output
    let sides = [
      (tile: 0, columns: -image.columnHalo..<0),
      (tile: problem.grid.columns.count - 1, columns: image.columns..<image.columns + image.columnHalo),
    ]
    for side in sides where !side.columns.isEmpty && run.tiles.contains(side.tile) {
      builder.conditional(Condition(corner.place.column, .equal, .constant(side.tile))) { builder in
        for column in side.columns {
          builder.store(
            .constant(0, .f32(lanes)), to: output.buffer, at: index(image, corner, row, .constant(column)))
        }
      }
    }
  }

  private func index(_ layout: ImageLayout, _ corner: Corner, _ row: Index, _ column: Index) -> Index {
    corner.place.image * .constant(layout.elementCount) + corner.channelBlock * .constant(layout.blockStride)
      + row * .constant(layout.rowStride) + column * .constant(layout.pixelStride) + .constant(layout.firstColumn)
  }
}

extension KernelBuilder {
  /// The body, where the index is below the limit or `isSure` says that it always is.
  fileprivate mutating func conditional(
    _ index: Index, isBelow limit: Int, unless isSure: Bool, _ body: (inout KernelBuilder) -> Void
  ) {
    if isSure { body(&self) } else { conditional(Condition(index, .less, .constant(limit)), then: body) }
  }
}
