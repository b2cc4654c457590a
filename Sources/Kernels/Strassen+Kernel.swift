import LoopIR

extension Strassen {
  /// The kernel: a chunk is a row of an image.
  /// Operands: input, combined filters, bias, residual, slope, partial moments (those that the epilogue has), scratch,
  /// output.
  package func kernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    var builder = KernelBuilder()
    let emitter = StrassenEmitter(self, schedule, machine, in: &builder)
    emitter.emitInputSums(in: &builder)
    emitter.beginMoments(in: &builder)
    builder.loop("channelTile", to: .constant(outputVectors / schedule.tiling.tile.vectors)) {
      emitter.emitTiles($1, in: &$0)
    }
    emitter.emitHalo(in: &builder)
    return builder.kernel(named: name)
  }
}

/// Writes the code of a chunk.
struct StrassenEmitter {
  let problem: Strassen
  let schedule: Strassen.Schedule
  let machine: Machine
  let input: BufferID
  let filters: BufferID
  let scratch: BufferID
  let output: ConvolutionOutput

  var lanes: Int { machine.vectorLanes }
  private var convolution: Convolution { problem.convolution }

  fileprivate init(
    _ problem: Strassen, _ schedule: Strassen.Schedule, _ machine: Machine, in builder: inout KernelBuilder
  ) {
    self.problem = problem
    self.schedule = schedule
    self.machine = machine
    input = builder.buffer("input", .f32, .read)
    filters = builder.buffer("filters", .f32, .read)
    let epilogue = EpilogueBuffers(problem.convolution.epilogue, in: &builder)
    scratch = builder.buffer("scratch", .f32, .update)
    output = ConvolutionOutput(problem.convolution, epilogue, in: &builder)
  }

  /// Where the first column of the chunk's row is, or of the row that it reads of a map with `stride` times as many.
  func firstPixel(of layout: ImageLayout, stride: Int = 1) -> Index {
    .chunk / problem.chunkCount * .constant(layout.elementCount)
      + .chunk % problem.chunkCount * .constant(stride * layout.rowStride) + .constant(layout.firstColumn)
  }

  // MARK: Input

  var firstInput: Index { firstPixel(of: convolution.input, stride: convolution.rowStride) }

  /// Elements from the first half of the channels of a pair's even pixel.
  func inputOffset(isOdd: Bool, half: Int) -> Int {
    (isOdd ? inputStep : 0) + half * problem.inputBlocks * convolution.input.blockStride
  }

  /// Elements between the two pixels of a pair.
  var inputStep: Int { convolution.columnStride * convolution.input.pixelStride }

  fileprivate func emitInputSums(in builder: inout KernelBuilder) {
    let layout = problem.inputSums
    builder.loop("block", to: .constant(layout.blocks)) { builder, block in
      builder.loop("pair", to: .constant(layout.tiles)) { builder, pair in
        let place =
          firstInput + block * .constant(convolution.input.blockStride) + pair * .constant(2 * inputStep)
        let pixels = [false, true].map { isOdd in
          (0..<2).map { half in
            let index = place + .constant(inputOffset(isOdd: isOdd, half: half))
            return builder.bind(builder.load(input, at: index, lanes: lanes))
          }
        }
        let odd = builder.bind(pixels[1][0] + pixels[1][1])
        let difference = builder.bind(odd - pixels[0][0])
        let sums: [(Strassen.InputSum, Expression)] = [
          (.odd, odd), (.difference, difference), (.first, pixels[0][0] - pixels[1][0]),
          (.second, pixels[0][1] - difference),
        ]
        let target = block * .constant(layout.blockStride) + pair * .constant(layout.lanes)
        for (sum, value) in sums {
          builder.store(value, to: scratch, at: target + .constant(sum.rawValue * layout.positionStride))
        }
      }
    }
  }

  // MARK: Output

  fileprivate func emitTiles(_ channelTile: Index, in builder: inout KernelBuilder) {
    let tiling = schedule.tiling
    let full = tiling.tile.pixels
    builder.loop("tile", to: .constant(tiling.fullCount)) { builder, tile in
      emitTile(channelTile, pairs: full, at: tile * .constant(full), in: &builder)
    }
    guard tiling.narrowCount > 0 else { return }
    let first = Index.constant(tiling.fullCount * full)
    builder.loop("tile", to: .constant(tiling.narrowCount)) { builder, tile in
      emitTile(channelTile, pairs: full - 1, at: first + tile * .constant(full - 1), in: &builder)
    }
  }

  /// All outputs of some pairs, by a tile of channels of each half. A product that several outputs have in common is
  /// added once: sums go on from those that were kept.
  private func emitTile(
    _ channelTile: Index, pairs: Int, at firstPair: Index, in builder: inout KernelBuilder
  ) {
    let tile = StrassenTile(self, channelTile: channelTile, pairs: pairs, firstPair: firstPair, in: &builder)
    let evenFirst = StrassenTile.Part(isOdd: false, half: 0)
    tile.add(.evenFirst, in: &builder)
    tile.keep(.common, in: &builder)
    tile.add(.evenSecond, before: evenFirst, in: &builder)
    tile.write(evenFirst, in: &builder)

    let oddFirst = StrassenTile.Part(isOdd: true, half: 0)
    tile.set(to: .common, in: &builder)
    tile.add(.difference, in: &builder)
    tile.keep(.common, in: &builder)
    tile.add(.first, in: &builder)
    tile.keep(.ofOdd, in: &builder)
    tile.add(.oddSecond, before: oddFirst, in: &builder)
    tile.write(oddFirst, in: &builder)

    let oddSecond = StrassenTile.Part(isOdd: true, half: 1)
    tile.set(to: nil, in: &builder)
    tile.add(.odd, before: oddSecond, in: &builder)
    tile.write(oddSecond, adding: .ofOdd, in: &builder)

    let evenSecond = StrassenTile.Part(isOdd: false, half: 1)
    tile.add(.common, in: &builder)
    tile.add(.second, before: evenSecond, in: &builder)
    tile.write(evenSecond, in: &builder)
    tile.gatherMoments(in: &builder)
  }

  /// Begins the part that a row is.
  fileprivate func beginMoments(in builder: inout KernelBuilder) {
    guard let partials = output.epilogue.partials else { return }
    builder.loop("vector", to: .constant(convolution.output.blockCount)) { builder, vector in
      problem.moments.clear(partials, part: .chunk, vector: vector, in: &builder)
    }
  }

  /// Writes the zeros left and right of the row.
  fileprivate func emitHalo(in builder: inout KernelBuilder) {
    let image = convolution.output
    guard image.columnHalo > 0 else { return }
    builder.loop("block", to: .constant(image.blockCount)) { builder, block in
      for column in image.haloColumns {
        let index = firstPixel(of: image) + block * .constant(image.blockStride)
        builder.store(.constant(0, .f32(lanes)), to: output.buffer, at: index + .constant(column * image.pixelStride))
      }
    }
  }
}
