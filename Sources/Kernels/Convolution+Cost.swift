extension Convolution {
  /// Cycles of one image on one thread, as far as they tell tiles apart: a pure function, fitted to ResNet-50's
  /// convolutions on Zen 4 (docs/performance.md).
  ///
  /// A step of the reduction, one input channel at one tap, costs its multiply-adds at 16 lanes a cycle, but never
  /// less than their latency of 4 cycles, some control, and what is not hidden of reading weights from beyond L1. A
  /// tile of pixels costs its sums' way to memory, and loop control.
  func cost(of schedule: Schedule, on machine: Machine) -> Double {
    let tiling = schedule.tiling
    let vectors = tiling.tile.vectors
    let steps = schedule.reduction.blocks * schedule.reduction.channels * kernelRows * kernelColumns
    let weightBytes = vectors * machine.vectorLanes * 4
    let isInLevel1 = steps * weightBytes <= machine.level1ByteCount / 2
    let waiting = isInLevel1 ? 0 : Double(weightBytes) / 64
    // With one vector and no broadcast operand, each multiply-add has a load of its own.
    let loads = vectors == 1 && !machine.broadcastsFromMemory ? 1.3 : 1

    func tileCost(_ pixels: Int) -> Double {
      let sums = Double(pixels * vectors)
      let multiplyAdds = loads * sums * Double(machine.vectorLanes) / 16
      return Double(steps) * (max(multiplyAdds, 4) + 0.7 + waiting) + 2 * sums + 30
    }
    let narrow = tiling.narrowCount > 0 ? Double(tiling.narrowCount) * tileCost(tiling.tile.pixels - 1) : 0
    let row = Double(tiling.fullCount) * tileCost(tiling.tile.pixels) + narrow
    return row * Double(outputRows * schedule.channelTileCount)
  }
}
