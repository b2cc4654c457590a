import Kernels
import TestSupport

/// A convolution with its operands, and what it must compute.
struct ConvolutionProblem: CustomStringConvertible {
  var convolution: Convolution
  let batch: Int

  var description: String { "\(convolution), batch \(batch)" }

  init(_ convolution: Convolution, batch: Int) {
    self.convolution = convolution
    self.batch = batch
  }

  /// A square layer of a network.
  init(
    channels: (Int, Int), size: Int, kernel: Int, stride: Int = 1, groups: Int = 1, batch: Int, lanes: Int,
    epilogue: Epilogue = Epilogue(hasBias: true, activation: .relu)
  ) {
    let outputSize = (size + kernel / 2 * 2 - kernel) / stride + 1
    convolution = Convolution(
      input: ImageLayout(
        channels: channels.0, rows: size, columns: size, channelBlock: channels.0 <= 4 ? 1 : lanes,
        columnHalo: kernel / 2),
      output: ImageLayout(channels: channels.1, rows: outputSize, columns: outputSize, channelBlock: lanes),
      kernel: (kernel, kernel), stride: (stride, stride), padding: (kernel / 2, kernel / 2), groups: groups,
      epilogue: epilogue)
    self.batch = batch
  }

  /// Small, and odd in every way.
  init(random generator: inout SeededGenerator, lanes: Int) {
    func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    /// Extents of kernel, stride, dilation, padding before, input and output along an axis.
    func axis() -> (kernel: Int, stride: Int, dilation: Int, before: Int, input: Int, output: Int) {
      let (kernel, stride, dilation) = (random(1...3), random(1...2), random(1...2))
      let (before, after) = (random(0...2), random(0...2))
      let reach = (kernel - 1) * dilation + 1
      let input = random(max(1, reach - before - after)...max(1, reach - before - after) + 7)
      return (kernel, stride, dilation, before, input, (input + before + after - reach) / stride + 1)
    }
    let (rows, columns) = (axis(), axis())
    let groups = random(0...2) == 0 ? random(2...6) : 1
    let inputs = groups * random(1...(groups > 1 ? 3 : 11))
    let outputs = groups * random(1...(groups > 1 ? 3 : 14))
    let isPlain = inputs <= 4 && groups == 1 && random(0...1) == 0
    let output = ImageLayout(
      channels: outputs, rows: rows.output, columns: columns.output, channelBlock: lanes, columnHalo: random(0...1))
    let needed = Convolution.requiredHalo(
      columns: columns.input, outputColumns: columns.output, kernel: columns.kernel, stride: columns.stride,
      dilation: columns.dilation, paddingLeft: columns.before)
    var residual: ImageLayout?
    if random(0...2) == 0 {
      residual = output
      residual?.columnHalo = random(0...1)
    }
    let activations: [Epilogue.Activation] = [
      .none, .relu, .clip(low: -0.25, high: 0.5), .clip(low: 0.1, high: 1), .prelu,
    ]
    convolution = Convolution(
      input: ImageLayout(
        channels: inputs, rows: rows.input, columns: columns.input, channelBlock: isPlain ? 1 : lanes,
        columnHalo: needed + random(0...1)),
      output: output, kernel: (rows.kernel, columns.kernel), stride: (rows.stride, columns.stride),
      dilation: (rows.dilation, columns.dilation), padding: (rows.before, columns.before), groups: groups,
      epilogue: Epilogue(
        hasBias: random(0...1) == 0, residual: residual, activation: activations[random(0...activations.count - 1)]))
    batch = random(1...3)
  }

  /// The same without groups, of a blocked input.
  static func dense(random generator: inout SeededGenerator, lanes: Int) -> Convolution {
    var convolution: Convolution
    repeat {
      convolution = ConvolutionProblem(random: &generator, lanes: lanes).convolution
    } while !convolution.input.isBlocked
    convolution.groups = 1
    return convolution
  }

  /// The schedule that the machine gets.
  func schedule(_ machine: Machine) -> Convolution.Schedule {
    convolution.schedule(machine: machine, largestBatch: batch)
  }

  /// Another schedule, which must compute the same: tiles and chunks of any size that is allowed.
  func schedule(_ machine: Machine, random generator: inout SeededGenerator) -> Convolution.Schedule {
    let chosen = schedule(machine)
    let blocks = convolution.output.blockCount
    // By lane, a tile has one vector; where groups share a filter's layout, it may not have another number.
    let isFixed = chosen.reduction.isByLane || convolution.groups > 1 && convolution.filter != nil
    let vectors = isFixed ? chosen.tiling.tile.vectors : Int.random(in: 1...min(blocks, 4), using: &generator)
    var schedule = schedule(chosen, vectors: vectors, lanes: machine.vectorLanes)
    let mostPixels = RegisterTile.mostPixels(vectors: vectors, machine: machine)
    let canTakeTwo = mostPixels >= 2 && !chosen.reduction.isByLane
    schedule.rowsPerTile = canTakeTwo ? Int.random(in: 1...2, using: &generator) : 1
    schedule.tiling = RowTiling(
      columns: convolution.output.columns, vectors: vectors,
      mostPixels: Int.random(in: 1...mostPixels / schedule.rowsPerTile, using: &generator))
    schedule.rowsPerChunk = Int.random(in: 1...convolution.output.rows, using: &generator)
    schedule.channelTilesPerChunk = Int.random(in: 1...schedule.channelTileCount, using: &generator)
    schedule.imagesPerChunk = Int.random(in: 1...3, using: &generator)
    return schedule
  }

  /// The same with tiles of another width.
  private func schedule(
    _ schedule: Convolution.Schedule, vectors: Int, lanes: Int
  ) -> Convolution.Schedule {
    var schedule = schedule
    schedule.tiling.tile.vectors = vectors
    schedule.reduction = convolution.reduction(tileChannels: vectors * lanes)
    schedule.fullChannelTiles = convolution.output.blockCount / vectors
    schedule.tailVectors = convolution.output.blockCount % vectors
    return schedule
  }

  /// The chunks of a run.
  func chunkCount(_ schedule: Convolution.Schedule) -> Int {
    convolution.chunksPerGroup(schedule) * ((batch + schedule.imagesPerChunk - 1) / schedule.imagesPerChunk)
  }

  /// Operands as steps hand them to the kernel, and the result as it must lie in memory.
  func data(
    _ schedule: Convolution.Schedule, lanes: Int, random generator: inout SeededGenerator
  ) -> (operands: [[Float]], result: [Float]) {
    // A trained filter lies as tiles of one vector want it.
    var packing = Convolution.FilterPacking(convolution, schedule, lanes: lanes)
    if convolution.filter != nil { packing.schedule = self.schedule(schedule, vectors: 1, lanes: lanes) }
    return data(packing: packing, lanes: lanes, random: &generator)
  }

  /// The same for a kernel that wants its filter packed otherwise.
  func data(
    packing: some ConstantPacking, lanes: Int, random generator: inout SeededGenerator
  ) -> (operands: [[Float]], result: [Float]) {
    let groupInputs = convolution.input.channels / convolution.groups
    func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(generator.uniform()) } }
    let outputs = convolution.output.channels
    let filter = numbers(outputs * groupInputs * convolution.kernelRows * convolution.kernelColumns)
    let (bias, slope) = (numbers(outputs), numbers(outputs))
    let input = Images(batch, like: convolution.input, random: &generator)
    let residual = convolution.epilogue.residual.map { Images(batch, like: $0, random: &generator) }
    let perChannel = ChannelPacking(channels: outputs, lanes: lanes)
    var operands = [input.stored(as: convolution.input), packing.packed(filter)]
    if convolution.epilogue.hasBias { operands.append(perChannel.packed(bias)) }
    if let residual, let layout = convolution.epilogue.residual { operands.append(residual.stored(as: layout)) }
    if convolution.epilogue.activation == .prelu { operands.append(perChannel.packed(slope)) }
    let result = Images(batch, like: convolution.output) { image, channel, row, column in
      var sum = convolution.epilogue.hasBias ? Double(bias[channel]) : 0
      sum += self.sum(input, filter, image, channel, row, column)
      if let residual { sum += Double(residual[image, channel, row, column]) }
      return Float(activate(sum, slope: Double(slope[channel])))
    }
    return (operands, result.stored(as: convolution.output))
  }

  /// The same for an algorithm that wants a constant filter packed otherwise, and a trained one as it is.
  func data(
    orPacked packing: some ConstantPacking, _ machine: Machine, random generator: inout SeededGenerator
  ) -> (operands: [[Float]], result: [Float]) {
    convolution.filter == nil
      ? data(packing: packing, lanes: machine.vectorLanes, random: &generator)
      : data(schedule(machine), lanes: machine.vectorLanes, random: &generator)
  }

  private func sum(_ input: Images, _ filter: [Float], _ image: Int, _ output: Int, _ row: Int, _ column: Int) -> Double
  {
    let groupInputs = convolution.input.channels / convolution.groups
    let firstInput = output / (convolution.output.channels / convolution.groups) * groupInputs
    var sum = 0.0
    for channel in 0..<groupInputs {
      for kernelRow in 0..<convolution.kernelRows {
        for kernelColumn in 0..<convolution.kernelColumns {
          let value = input.inside(
            image, firstInput + channel,
            row * convolution.rowStride + kernelRow * convolution.rowDilation - convolution.paddingTop,
            column * convolution.columnStride + kernelColumn * convolution.columnDilation - convolution.paddingLeft)
          let weight =
            ((output * groupInputs + channel) * convolution.kernelRows + kernelRow) * convolution.kernelColumns
            + kernelColumn
          sum += Double(value ?? 0) * Double(filter[weight])
        }
      }
    }
    return sum
  }

  private func activate(_ value: Double, slope: Double) -> Double {
    switch convolution.epilogue.activation {
    case .none: value
    case .relu: max(value, 0)
    case .clip(let low, let high): min(max(value, low), high)
    case .prelu: value > 0 ? value : slope * value
    }
  }
}

extension Convolution {
  /// Changes the size of the output, and of what is added to it.
  mutating func resizeOutput(channels: Int? = nil, rows: Int, columns: Int) {
    func resize(_ layout: inout ImageLayout) {
      layout.channels = channels ?? layout.channels
      (layout.rows, layout.columns) = (rows, columns)
    }
    resize(&output)
    if var residual = epilogue.residual {
      resize(&residual)
      epilogue.residual = residual
    }
  }
}
