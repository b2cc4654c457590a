import LoopIR

extension WinogradWeightGradient {
  // MARK: Chunks of images

  /// Makes a sum of each group of `perChunk` images, which is a chunk.
  /// Operands: input, gradient, scratch, sums.
  func imagesKernel(
    named name: String, tile: BackwardWeights.Tile, perChunk: Int, blockTiles: Int, machine: Machine
  ) -> Kernel {
    var builder = KernelBuilder()
    let input = builder.buffer("input", .f32, .read)
    let gradient = builder.buffer("gradient", .f32, .read)
    let scratch = builder.buffer("scratch", .f32, .update)
    let output = builder.buffer("sums", .f32, .update)
    let layouts = (
      input: transformed(problem.input, tiles: blockTiles), gradient: transformed(problem.gradient, tiles: blockTiles)
    )
    let sums = sums(outputBlocks: problem.gradient.blockCount, inputBlocks: problem.filter.inputBlocks)
    let products = WinogradWeightProducts(
      tile: tile, machine: machine, inputBlock: problem.filter.inputBlock,
      input: .init(buffer: scratch, origin: 0, layout: layouts.input),
      gradient: .init(buffer: scratch, origin: .constant(layouts.input.elementCount), layout: layouts.gradient),
      sums: .init(buffer: output, origin: .chunk * .constant(sums.elementCount), layout: sums))
    let first = .chunk * .constant(perChunk * tileCount)
    let last = Index.min((.chunk + 1) * .constant(perChunk), .batch) * .constant(tileCount)
    builder.loop("block", from: first, to: last, step: blockTiles) { builder, block in
      let count = Index.min(last - block, .constant(blockTiles))
      for (transform, factor) in [
        (inputTransform(of: input, layouts.input), products.input),
        (gradientTransform(of: gradient, layouts.gradient), products.gradient),
      ] {
        transform.emit(
          channelBlocks: (0, .constant(factor.layout.blocks)), tiles: count, into: scratch, at: factor.origin,
          in: &builder
        ) { place(ofTile: $0, from: block) }
      }
      products.emit(
        from: 0, tileCount: count, outputTiles: (0, .constant(problem.gradient.blockCount / tile.vectors)),
        inputBlocks: (0, .constant(problem.filter.inputBlocks)),
        isFirst: perChunk * tileCount <= blockTiles ? nil : Condition(block, .equal, first), in: &builder)
    }
    return builder.kernel(named: name)
  }

  /// Adds the sums of groups in their order, and transforms them back; a chunk is a vector of outputs by a block of
  /// inputs. Operands: sums, output.
  func sumKernel(named name: String, perChunk: Int) -> Kernel {
    var builder = KernelBuilder()
    let partials = builder.buffer("sums", .f32, .read)
    let output = builder.buffer("output", .f32, .write)
    let sums = sums(outputBlocks: problem.gradient.blockCount, inputBlocks: problem.filter.inputBlocks)
    let blocks = problem.filter.inputBlocks
    emitFilter(
      .init(buffer: partials, origin: 0, layout: sums),
      groupCount: (.batch + .constant(perChunk - 1)) / perChunk, outputBlock: .chunk / blocks,
      inputBlock: .chunk % blocks, to: output, in: &builder)
    return builder.kernel(named: name)
  }

  // MARK: Chunks of filters

  /// Transforms all tiles; a chunk is a block of channels of an image's input, or of its gradient.
  /// Operands: input, gradient, transformed input, transformed gradient.
  func tilesKernel(named name: String, largestBatch: Int) -> Kernel {
    var builder = KernelBuilder()
    let sources = [builder.buffer("input", .f32, .read), builder.buffer("gradient", .f32, .read)]
    let targets = [
      builder.buffer("transformedInput", .f32, .write), builder.buffer("transformedGradient", .f32, .write),
    ]
    let tiles = largestBatch * tileCount
    let transforms = [
      inputTransform(of: sources[0], transformed(problem.input, tiles: tiles)),
      gradientTransform(of: sources[1], transformed(problem.gradient, tiles: tiles)),
    ]
    let (image, part) = (Index.chunk / tilesChunks, Index.chunk % tilesChunks)
    func emit(_ number: Int, channelBlock: Index, in builder: inout KernelBuilder) {
      let transform = transforms[number]
      let firstTile = image * .constant(tileCount)
      transform.emit(
        channelBlocks: (channelBlock, channelBlock + 1), tiles: .constant(tileCount), into: targets[number],
        at: firstTile * .constant(transform.layout.lanes), in: &builder
      ) { place(ofTile: $0, from: firstTile) }
    }
    builder.conditional(Condition(part, .less, .constant(problem.input.blockCount))) {
      emit(0, channelBlock: part, in: &$0)
    } else: {
      emit(1, channelBlock: part - .constant(problem.input.blockCount), in: &$0)
    }
    return builder.kernel(named: name)
  }

  /// Chunks of the step that transforms all tiles, for each image.
  var tilesChunks: Int { problem.input.blockCount + problem.gradient.blockCount }

  /// Makes a block of the filter, which is a chunk, from all tiles.
  /// Operands: transformed input, transformed gradient, scratch, output.
  func filtersKernel(
    named name: String, tile: BackwardWeights.Tile, outputTiles: Int, inputBlocks: Int, tilesPerSum: Int,
    largestBatch: Int, machine: Machine
  ) -> Kernel {
    var builder = KernelBuilder()
    let input = builder.buffer("transformedInput", .f32, .read)
    let gradient = builder.buffer("transformedGradient", .f32, .read)
    let scratch = builder.buffer("scratch", .f32, .update)
    let output = builder.buffer("output", .f32, .write)
    let tiles = largestBatch * tileCount
    let sums = sums(outputBlocks: outputTiles * tile.vectors, inputBlocks: inputBlocks)
    let bands = inputBands(inputBlocks)
    let outputRange = range(
      .chunk / bands, of: outputTiles, count: problem.gradient.blockCount / tile.vectors)
    let inputRange = range(.chunk % bands, of: inputBlocks, count: problem.filter.inputBlocks)
    let origin =
      0 - outputRange.from * .constant(tile.vectors * sums.blockStride)
      - inputRange.from * .constant(problem.filter.inputBlock * sums.lanes)
    let products = WinogradWeightProducts(
      tile: tile, machine: machine, inputBlock: problem.filter.inputBlock,
      input: .init(buffer: input, origin: 0, layout: transformed(problem.input, tiles: tiles)),
      gradient: .init(buffer: gradient, origin: 0, layout: transformed(problem.gradient, tiles: tiles)),
      sums: .init(buffer: scratch, origin: origin, layout: sums))
    let last = Index.batch * .constant(tileCount)
    builder.loop("first", to: last, step: tilesPerSum) { builder, first in
      products.emit(
        from: first, tileCount: .min(last - first, .constant(tilesPerSum)), outputTiles: outputRange,
        inputBlocks: inputRange, isFirst: tiles <= tilesPerSum ? nil : Condition(first, .equal, 0),
        in: &builder)
    }
    let vectors = Index.constant(tile.vectors)
    builder.loop("outputBlock", from: outputRange.from * vectors, to: outputRange.to * vectors) {
      builder, outputBlock in
      builder.loop("inputBlock", from: inputRange.from, to: inputRange.to) { builder, inputBlock in
        emitFilter(
          products.sums, groupCount: 1, outputBlock: outputBlock, inputBlock: inputBlock, to: output, in: &builder)
      }
    }
    return builder.kernel(named: name)
  }

  /// Chunks of the step that makes the filter.
  func filterChunks(tile: BackwardWeights.Tile, outputTiles: Int, inputBlocks: Int) -> Int {
    let tiles = problem.gradient.blockCount / tile.vectors
    return (tiles + outputTiles - 1) / outputTiles * inputBands(inputBlocks)
  }

  private func inputBands(_ inputBlocks: Int) -> Int { (problem.filter.inputBlocks + inputBlocks - 1) / inputBlocks }

  private func range(_ band: Index, of size: Int, count: Int) -> (from: Index, to: Index) {
    let from = band * .constant(size)
    return (from, .min(from + .constant(size), .constant(count)))
  }

  // MARK: Transforms

  private func inputTransform(of source: BufferID, _ layout: TileLayout) -> TileTransform {
    TileTransform(
      kind: .input, grid: grid, image: problem.input, source: source,
      padding: (problem.rows.paddingBefore, problem.columns.paddingBefore), layout: layout)
  }

  private func gradientTransform(of source: BufferID, _ layout: TileLayout) -> TileTransform {
    TileTransform(
      kind: .gradient, grid: grid, image: problem.gradient, source: source, padding: (0, 0), layout: layout)
  }

  /// A tile of those that follow `first`, which are numbered throughout the batch.
  private func place(ofTile tile: Index, from first: Index) -> TilePlace {
    let (image, inImage) = ((first + tile) / tileCount, (first + tile) % tileCount)
    return TilePlace(
      image: image, imageInBlock: 0, row: inImage / grid.columns.count, column: inImage % grid.columns.count,
      number: tile)
  }

  /// G^T m G, for the sums m of `groupCount` groups: a vector of outputs by a block of inputs.
  private func emitFilter(
    _ sums: WinogradWeightProducts.Operand, groupCount: Index, outputBlock: Index, inputBlock: Index,
    to output: BufferID, in builder: inout KernelBuilder
  ) {
    let (filter, layout) = (problem.filter, sums.layout)
    builder.loop("input", to: .constant(filter.inputBlock)) { builder, input in
      let place =
        sums.origin + outputBlock * .constant(layout.blockStride)
        + (inputBlock * .constant(filter.inputBlock) + input) * .constant(layout.lanes)
      let columns = (0..<horizontal.positionCount).map { column in
        let places = (0..<vertical.positionCount).map { row in
          place + .constant((row * horizontal.positionCount + column) * layout.positionStride)
        }
        func load(_ group: Index, _ place: Index, in builder: KernelBuilder) -> Expression {
          builder.load(sums.buffer, at: place + group * .constant(layout.elementCount), lanes: layout.lanes)
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
      for row in 0..<vertical.taps {
        let values = horizontal.transformFilterGradient(columns.map { $0[row] }, in: &builder)
        for (column, value) in values.enumerated() {
          builder.store(
            value, to: output,
            at: outputBlock * .constant(filter.outputBlockStride) + inputBlock * .constant(filter.inputBlockStride)
              + .constant((row * filter.kernelColumns + column) * filter.tapStride) + input * .constant(filter.lanes))
        }
      }
    }
  }
}
