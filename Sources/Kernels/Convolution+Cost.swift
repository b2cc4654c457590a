extension Convolution {
  /// Of the filters as the network has them.
  var filterByteCount: Int { 4 * input.channels / groups * output.channels * kernelRows * kernelColumns }

  /// Cycles of one image on one thread, as far as they tell schedules apart: a pure function, fitted to ResNet-50's
  /// convolutions on Zen 4 and 5, each timed in its place in the network (docs/performance.md).
  func cost(of schedule: Schedule, on machine: Machine) -> Double {
    func rowCost(_ tiling: RowTiling, rows: Int) -> Double {
      func tileCost(_ columns: Int) -> Double { self.tileCost(schedule, rows: rows, columns: columns, on: machine) }
      let narrow = tiling.narrowCount > 0 ? Double(tiling.narrowCount) * tileCost(tiling.tile.pixels - 1) : 0
      return Double(tiling.fullCount) * tileCost(tiling.tile.pixels) + narrow
    }
    let whole = Double(outputRows / schedule.rowsPerTile) * rowCost(schedule.tiling, rows: schedule.rowsPerTile)
    let isEven = outputRows % schedule.rowsPerTile == 0
    let last = isEven ? 0 : rowCost(lastRowTiling(of: schedule, on: machine), rows: 1)
    return Double(schedule.channelTileCount) * (whole + last)
  }

  /// A tile of pixels costs its sums' way to memory and loop control, and its reduction. A step of that, one input
  /// channel at one tap, costs its multiply-adds and loads, and some control; or the lines of weights that must come from
  /// the cache that holds the weights of a tile of channels, where that is longer, and a little of it where it is not.
  /// Inputs cost something when a block of channels is first met.
  private func tileCost(_ schedule: Schedule, rows: Int, columns: Int, on machine: Machine) -> Double {
    let vectors = schedule.tiling.tile.vectors
    let sums = Double(rows * columns * vectors)
    // With no register left over, loads cannot run ahead.
    let registers = (rows * columns + 1) * vectors + 1
    let isFull = !machine.broadcastsFromMemory && registers >= machine.vectorRegisterCount
    let tile = RegisterTile(pixels: rows * columns, vectors: vectors)
    let arithmetic = tile.cyclesPerChannel(on: machine, singleVectorFactor: 1.3) + (isFull ? 1 : 0.7)
    let taps = kernelRows * kernelColumns
    let steps = schedule.reduction.blocks * schedule.reduction.channels * taps
    let vectorLines = Double(machine.vectorLanes * 4) / 64
    let weightLines = Double(vectors) * vectorLines
    let cyclesPerLine = Self.cyclesPerLine(from: 4 * steps * vectors * machine.vectorLanes, on: machine)
    let step = max(arithmetic, weightLines * cyclesPerLine) + 0.02 * weightLines * cyclesPerLine
    let inputLines = Double(min(rows * columns * taps, inputPixels(rows: rows, columns: columns))) * vectorLines
    return Double(steps) * step + Double(schedule.reduction.blocks) * inputLines + 2 * sums + 30
  }

  /// How long a line of 64 bytes takes from the cache that so many bytes fit into, one after the other.
  private static func cyclesPerLine(from byteCount: Int, on machine: Machine) -> Double {
    if byteCount <= machine.level1ByteCount / 2 { return 0 }
    return byteCount <= machine.level2ByteCount / 2 ? machine.lineCycles.level2 : machine.lineCycles.level3
  }

  /// Input pixels under a tile and its taps.
  private func inputPixels(rows: Int, columns: Int) -> Int {
    ((rows - 1) * rowStride + (kernelRows - 1) * rowDilation + 1)
      * ((columns - 1) * columnStride + (kernelColumns - 1) * columnDilation + 1)
  }
}
