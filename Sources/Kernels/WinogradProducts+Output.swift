import LoopIR

extension WinogradProducts {
  /// Transforms the products of a block back, A^T M A, and stores what the epilogue makes of them.
  func emitOutput(_ block: TileBlock, _ channelTile: Index, vectors: Int, in builder: inout KernelBuilder) {
    let layout = problem.products(schedule)
    builder.loop("vector", to: .constant(vectors)) { builder, vector in
      let channelBlock = channelTile * .constant(schedule.tile.vectors) + vector
      let channels = ChannelVector(channelBlock * .constant(lanes), epilogue, lanes: lanes, in: &builder)
      builder.loop("tile", to: tiles(block)) { builder, tile in
        let place = productsOrigin + vector * .constant(layout.blockStride) + tile * .constant(layout.lanes)
        let columns = (0..<problem.horizontal.positionCount).map { column in
          let products = (0..<problem.vertical.positionCount).map { row in
            let position = row * problem.horizontal.positionCount + column
            let index = place + .constant(position * layout.positionStride)
            return builder.bind(builder.load(scratch, at: index, lanes: lanes))
          }
          return problem.vertical.transformOutput(products, in: &builder)
        }
        let corner = Corner(place: problem.place(ofTile: tile, in: block, schedule), channelBlock: channelBlock)
        emitTile(columns, at: corner, channels, in: &builder)
      }
    }
  }

  /// The tile that is written.
  private struct Corner {
    var place: TilePlace
    var channelBlock: Index
  }

  /// What the epilogue adds and multiplies with in the lanes of one vector of channels.
  private struct ChannelVector {
    var first: Index
    var bias: Expression?
    var slope: Expression?

    init(_ first: Index, _ epilogue: EpilogueBuffers, lanes: Int, in builder: inout KernelBuilder) {
      self.first = first
      bias = epilogue.bias.map { builder.bind(builder.load($0, at: first, lanes: lanes)) }
      slope = epilogue.slope.map { builder.bind(builder.load($0, at: first, lanes: lanes)) }
    }
  }

  /// Writes the rows and columns of the tile that are inside the image, and the halo beside the outermost tiles.
  private func emitTile(
    _ columns: [[Expression]], at corner: Corner, _ channels: ChannelVector, in builder: inout KernelBuilder
  ) {
    let image = problem.convolution.output
    for row in 0..<problem.vertical.outputs {
      let outputRow = corner.place.row * .constant(problem.vertical.outputs) + .constant(row)
      let mayBeOutside = (problem.tileRows - 1) * problem.vertical.outputs + row >= image.rows
      builder.conditional(outputRow, isBelow: image.rows, unless: !mayBeOutside) { builder in
        let values = problem.horizontal.transformOutput(columns.map { $0[row] }, in: &builder)
        for (column, value) in values.enumerated() {
          let outputColumn = corner.place.column * .constant(problem.horizontal.outputs) + .constant(column)
          let mayBeOutside = (problem.tileColumns - 1) * problem.horizontal.outputs + column >= image.columns
          builder.conditional(outputColumn, isBelow: image.columns, unless: !mayBeOutside) { builder in
            emitPixel(value, at: corner, outputRow, outputColumn, channels, in: &builder)
          }
        }
        emitHalo(at: corner, outputRow, in: &builder)
      }
    }
  }

  private func emitPixel(
    _ value: Expression, at corner: Corner, _ row: Index, _ column: Index, _ channels: ChannelVector,
    in builder: inout KernelBuilder
  ) {
    var value = value
    if let bias = channels.bias { value = value + bias }
    if let buffer = epilogue.residual, let layout = problem.convolution.epilogue.residual {
      value = value + builder.load(buffer, at: index(layout, corner, row, column), lanes: lanes)
    }
    value = problem.convolution.finish(value, slope: channels.slope, channel: channels.first, in: &builder)
    builder.store(value, to: output, at: index(problem.convolution.output, corner, row, column))
  }

  private func emitHalo(at corner: Corner, _ row: Index, in builder: inout KernelBuilder) {
    let image = problem.convolution.output
    let sides = [
      (tile: 0, columns: -image.columnHalo..<0),
      (tile: problem.tileColumns - 1, columns: image.columns..<image.columns + image.columnHalo),
    ]
    for side in sides where !side.columns.isEmpty {
      builder.conditional(Condition(corner.place.column, .equal, .constant(side.tile))) { builder in
        for column in side.columns {
          builder.store(
            .constant(0, .f32(lanes)), to: output, at: index(image, corner, row, .constant(column)))
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
