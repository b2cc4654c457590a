import LoopIR

extension Convolution {
  /// The kernel: one chunk is a band of rows by some tiles of output channels, for some images.
  /// Operands: input, weights, bias, residual, slope, partial moments (those that the epilogue has), output.
  package func kernel(named name: String, schedule: Schedule, machine: Machine) -> Kernel {
    Self.kernel(named: name, ofPhases: [[self]], schedule: schedule, machine: machine)
  }

  /// The kernel of the phases of one output: row phases, and the column phases of each. They differ in their phases and
  /// taps only; the first has as many outputs as any, and the schedule is its own.
  static func kernel(
    named name: String, ofPhases phases: [[Convolution]], schedule: Schedule, machine: Machine
  ) -> Kernel {
    var builder = KernelBuilder()
    let buffers = ConvolutionBuffers(phases[0][0], in: &builder)
    let emitters = phases.map { phases in
      phases.map { ConvolutionEmitter($0, schedule, machine, buffers) }
    }
    emitters[0][0].emitChunk(in: &builder) { builder, image, tile, firstRow in
      emitters[0][0].beginMoments(image: image, channelTile: tile, firstRow: firstRow, in: &builder)
      for emitters in emitters {
        let last = Index.min(
          firstRow + .constant(schedule.rowsPerChunk), .constant(emitters[0].problem.outputRows))
        builder.loop("row", from: firstRow, to: last, step: schedule.rowsPerTile) { builder, row in
          for emitter in emitters {
            let place = ConvolutionEmitter.Place(image: image, row: row, channelTile: tile, firstRow: firstRow)
            emitter.emitRows(place, to: last, in: &builder)
          }
        }
      }
    }
    return builder.kernel(named: name)
  }

  /// Chunks for each group of `schedule.imagesPerChunk` images.
  package func chunksPerGroup(_ schedule: Schedule) -> Int {
    rowBands(schedule) * channelBands(schedule)
  }

  /// What an epilogue gathers: the moments of a chunk's rows of each image, over which it goes in their order.
  package func moments(_ schedule: Schedule, lanes: Int) -> PartialMoments {
    PartialMoments(over: output, in: .rows(schedule.rowsPerChunk), lanes: lanes)
  }

  func rowBands(_ schedule: Schedule) -> Int {
    (outputRows + schedule.rowsPerChunk - 1) / schedule.rowsPerChunk
  }

  func channelBands(_ schedule: Schedule) -> Int {
    (schedule.channelTileCount + schedule.channelTilesPerChunk - 1) / schedule.channelTilesPerChunk
  }
}
