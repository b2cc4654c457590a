import LoopIR

extension WinogradWeightGradient {
  /// Where transformed tiles are.
  struct Operands {
    /// Tiles that there is room for.
    var tiles: Int
    /// The inputs of all parts, one behind the other.
    var input: (buffer: BufferID, origin: Index)
    var gradient: (buffer: BufferID, origin: Index)
  }

  /// Where sums of products are.
  typealias Sums = (buffer: BufferID, origin: Index, layout: TileLayout)

  // MARK: Transforms

  /// Transforms a block of channels of the input of some tiles for each part.
  func emitInput(
    _ operands: Operands, channelBlock: Index, of source: BufferID, tiles: Index, in builder: inout KernelBuilder,
    place: (Index) -> TilePlace
  ) {
    for (part, target) in zip(parts, inputs(operands)) {
      let transform = TileTransform(
        kind: .input, grid: part.grid, image: problem.input, source: source,
        padding: (
          problem.rows.paddingBefore - part.rows.firstTap, problem.columns.paddingBefore - part.columns.firstTap
        ), strides: (problem.rows.stride, problem.columns.stride), layout: target.layout)
      transform.emit(
        channelBlocks: (channelBlock, channelBlock + 1), tiles: tiles, into: target.buffer, at: target.origin,
        in: &builder, place: place)
    }
  }

  /// Transforms a block of channels of the gradient of some tiles.
  func emitGradient(
    _ operands: Operands, channelBlock: Index, of source: BufferID, tiles: Index, in builder: inout KernelBuilder,
    place: (Index) -> TilePlace
  ) {
    let transform = TileTransform(
      kind: .gradient, grid: grid, image: problem.gradient, source: source, padding: (0, 0),
      layout: transformedGradient(tiles: operands.tiles))
    transform.emit(
      channelBlocks: (channelBlock, channelBlock + 1), tiles: tiles, into: operands.gradient.buffer,
      at: operands.gradient.origin, in: &builder, place: place)
  }

  /// A tile of those that follow `first`, which are numbered throughout the batch.
  func place(ofTile tile: Index, from first: Index) -> TilePlace {
    let (image, inImage) = ((first + tile) / tileCount, (first + tile) % tileCount)
    return TilePlace(
      image: image, imageInBlock: tile / tileCount, row: inImage / grid.columns.count,
      column: inImage % grid.columns.count, number: tile)
  }

  // MARK: Products

  /// The products of each part.
  func products(
    _ operands: Operands, sums: Sums, tile: BackwardWeights.Tile, machine: Machine
  ) -> [WinogradWeightProducts] {
    let gradient = WinogradWeightProducts.Operand(
      buffer: operands.gradient.buffer, origin: operands.gradient.origin,
      layout: transformedGradient(tiles: operands.tiles), columns: horizontal.positionCount)
    return zip(parts, inputs(operands)).map { part, input in
      var gradientOfPart = gradient
      gradientOfPart.origin = gradient.place(
        row: .constant(part.rows.firstPosition), column: .constant(part.columns.firstPosition))
      return WinogradWeightProducts(
        tile: tile, machine: machine, inputBlock: problem.filter.inputBlock,
        positions: (part.rows.transform.positionCount, part.columns.transform.positionCount), input: input,
        gradient: gradientOfPart, sums: self.sums(of: part, in: sums))
    }
  }

  private func inputs(_ operands: Operands) -> [WinogradWeightProducts.Operand] {
    var origin = operands.input.origin
    return parts.map { part in
      let layout = transformedInput(part, tiles: operands.tiles)
      defer { origin = origin + .constant(layout.elementCount) }
      return .init(
        buffer: operands.input.buffer, origin: origin, layout: layout, columns: part.columns.transform.positionCount)
    }
  }

  private func sums(of part: Part, in sums: Sums) -> WinogradWeightProducts.Operand {
    .init(
      buffer: sums.buffer, origin: sums.origin + .constant(part.firstSum * sums.layout.positionStride),
      layout: sums.layout, columns: part.columns.transform.positionCount)
  }

  // MARK: Filters

  /// G^T m G, for the sums m of `groupCount` groups: a vector of outputs by a block of inputs.
  func emitFilter(
    _ sums: Sums, groupCount: Index, outputBlock: Index, inputBlock: Index, to output: BufferID,
    in builder: inout KernelBuilder
  ) {
    let (filter, layout) = (problem.filter, sums.layout)
    builder.loop("input", to: .constant(filter.inputBlock)) { builder, input in
      let offset =
        outputBlock * .constant(layout.blockStride)
        + (inputBlock * .constant(filter.inputBlock) + input) * .constant(layout.lanes)
      for part in parts {
        let taps = emitTaps(of: part, from: sums, at: offset, groupCount: groupCount, in: &builder)
        for (row, values) in taps.enumerated() {
          for (column, value) in values.enumerated() {
            let tapRow = part.rows.firstTap + row * problem.rows.stride
            let tapColumn = part.columns.firstTap + column * problem.columns.stride
            builder.store(
              value, to: output,
              at: outputBlock * .constant(filter.outputBlockStride) + inputBlock * .constant(filter.inputBlockStride)
                + .constant((tapRow * filter.kernelColumns + tapColumn) * filter.tapStride)
                + input * .constant(filter.lanes))
          }
        }
      }
    }
  }

  /// The taps of a part, rows of columns, of a vector of outputs and an input, whose sums stand at `offset` in each
  /// position.
  private func emitTaps(
    of part: Part, from sums: Sums, at offset: Index, groupCount: Index, in builder: inout KernelBuilder
  ) -> [[Expression]] {
    let operand = self.sums(of: part, in: sums)
    func load(_ group: Index, _ place: Index, in builder: KernelBuilder) -> Expression {
      builder.load(
        sums.buffer, at: place + group * .constant(sums.layout.elementCount), lanes: sums.layout.lanes)
    }
    let (vertical, horizontal) = (part.rows.transform, part.columns.transform)
    let columns = (0..<horizontal.positionCount).map { column in
      let places = (0..<vertical.positionCount).map { row in
        operand.place(row: .constant(row), column: .constant(column)) + offset
      }
      let totals = places.map { builder.register(load(0, $0, in: builder)) }
      if groupCount.constantValue != 1 {
        builder.loop("group", from: 1, to: groupCount) { builder, group in
          for (total, place) in zip(totals, places) {
            builder.assign(total, .register(total) + load(group, place, in: builder))
          }
        }
      }
      return vertical.transformFilterGradient(totals.map { .register($0) }, in: &builder)
    }
    return (0..<vertical.taps).map { row in
      horizontal.transformFilterGradient(columns.map { $0[row] }, in: &builder)
    }
  }
}
