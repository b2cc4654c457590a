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
    let layout = sums(outputBlocks: problem.gradient.blockCount, inputBlocks: problem.filter.inputBlocks)
    let sums = (output, Index.chunk * .constant(layout.elementCount), layout)
    let operands = Operands(
      tiles: blockTiles, input: (scratch, 0),
      gradient: (scratch, .constant(transformedInputElementCount(tiles: blockTiles))))
    let first = .chunk * .constant(perChunk * tileCount)
    let last = Index.min((.chunk + 1) * .constant(perChunk), .batch) * .constant(tileCount)
    builder.loop("block", from: first, to: last, step: blockTiles) { builder, block in
      let count = Index.min(last - block, .constant(blockTiles))
      builder.loop("inputBlock", to: .constant(problem.input.blockCount)) { builder, channelBlock in
        emitInput(operands, channelBlock: channelBlock, of: input, tiles: count, in: &builder) {
          place(ofTile: $0, from: block)
        }
      }
      builder.loop("gradientBlock", to: .constant(problem.gradient.blockCount)) { builder, channelBlock in
        emitGradient(operands, channelBlock: channelBlock, of: gradient, tiles: count, in: &builder) {
          place(ofTile: $0, from: block)
        }
      }
      for products in products(operands, sums: sums, tile: tile, machine: machine) {
        products.emit(
          outputTiles: (0, .constant(problem.gradient.blockCount / tile.vectors)),
          inputBlocks: (0, .constant(problem.filter.inputBlocks)),
          isFirst: perChunk * tileCount <= blockTiles ? nil : Condition(block, .equal, first), in: &builder
        ) { row, column in (0, self.count(ofTiles: count, atRow: row, column: column)) }
      }
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
      (partials, 0, sums),
      groupCount: (.batch + .constant(perChunk - 1)) / perChunk, outputBlock: .chunk / blocks,
      inputBlock: .chunk % blocks, to: output, in: &builder)
    return builder.kernel(named: name)
  }

  // MARK: Chunks of filters

  /// Transforms all tiles; a chunk is a block of channels of an image's input, or of its gradient.
  /// Operands: input, gradient, transformed input, transformed gradient.
  func tilesKernel(named name: String, largestBatch: Int) -> Kernel {
    var builder = KernelBuilder()
    let input = builder.buffer("input", .f32, .read)
    let gradient = builder.buffer("gradient", .f32, .read)
    let operands = Operands(
      tiles: largestBatch * tileCount, input: (builder.buffer("transformedInput", .f32, .write), 0),
      gradient: (builder.buffer("transformedGradient", .f32, .write), 0))
    let (image, part) = (Index.chunk / tilesChunks, Index.chunk % tilesChunks)
    let firstTile = image * .constant(tileCount)
    func place(ofTile tile: Index) -> TilePlace { self.place(ofTile: firstTile + tile, from: 0) }
    let inputBlocks = Index.constant(problem.input.blockCount)
    builder.conditional(Condition(part, .less, inputBlocks)) {
      emitInput(operands, channelBlock: part, of: input, tiles: .constant(tileCount), in: &$0, place: place)
    } else: {
      emitGradient(
        operands, channelBlock: part - inputBlocks, of: gradient, tiles: .constant(tileCount), in: &$0, place: place)
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
    let sums = sums(outputBlocks: outputTiles * tile.vectors, inputBlocks: inputBlocks)
    let bands = inputBands(inputBlocks)
    let outputRange = range(
      .chunk / bands, of: outputTiles, count: problem.gradient.blockCount / tile.vectors)
    let inputRange = range(.chunk % bands, of: inputBlocks, count: problem.filter.inputBlocks)
    let origin =
      0 - outputRange.from * .constant(tile.vectors * sums.blockStride)
      - inputRange.from * .constant(problem.filter.inputBlock * sums.lanes)
    let operands = Operands(
      tiles: largestBatch * tileCount, input: (input, 0), gradient: (gradient, 0))
    let last = Index.batch * .constant(tileCount)
    builder.loop("first", to: last, step: tilesPerSum) { builder, first in
      let count = Index.min(last - first, .constant(tilesPerSum))
      for products in products(operands, sums: (scratch, origin, sums), tile: tile, machine: machine) {
        products.emit(
          outputTiles: outputRange, inputBlocks: inputRange,
          isFirst: largestBatch * tileCount <= tilesPerSum ? nil : Condition(first, .equal, 0), in: &builder
        ) { row, column in
          (
            self.count(ofTiles: first, atRow: row, column: column),
            self.count(ofTiles: count, atRow: row, column: column)
          )
        }
      }
    }
    let vectors = Index.constant(tile.vectors)
    builder.loop("outputBlock", from: outputRange.from * vectors, to: outputRange.to * vectors) {
      builder, outputBlock in
      builder.loop("inputBlock", from: inputRange.from, to: inputRange.to) { builder, inputBlock in
        emitFilter(
          (scratch, origin, sums), groupCount: 1, outputBlock: outputBlock, inputBlock: inputBlock, to: output,
          in: &builder)
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
}
