import Kernels
import LoopIR
import TestSupport
import Testing

/// The kernels that move or combine elements, interpreted against counting.
@Suite struct SweepTests {
  private func random(_ range: ClosedRange<Int>, _ generator: inout SeededGenerator) -> Int {
    Int.random(in: range, using: &generator)
  }

  private func layout(_ block: Int, halo: Int, _ generator: inout SeededGenerator) -> ImageLayout {
    ImageLayout(
      channels: random(1...11, &generator), rows: random(1...7, &generator), columns: random(1...9, &generator),
      channelBlock: block, columnHalo: halo)
  }

  /// Runs a kernel with `chunksPerImage` chunks an image, and expects `expected`, each element stored once.
  private func check(
    _ kernel: Kernel, on operands: [[Float]], gives expected: [Float], chunksPerImage: Int, batch: Int,
    tolerance: Float = 0, _ comment: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try interpret(
      kernel, on: operands, resultCount: expected.count, chunkCount: batch * chunksPerImage, batch: batch)
    expectSame(found, expected, tolerance: tolerance, comment(), sourceLocation: sourceLocation)
    let counts = StoreCounter(
      of: kernel, resultCount: expected.count, chunkCount: batch * chunksPerImage, batch: batch
    ).counts
    #expect(counts.allSatisfy { $0 == 1 }, "\(comment())", sourceLocation: sourceLocation)
  }

  @Test(arguments: 0..<24)
  func conversionsMoveEveryElement(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let (from, to) = [(1, 4), (4, 1), (1, 1), (4, 4)][Int(seed) % 4]
    let input = layout(from, halo: random(0...2, &generator), &generator)
    var output = input
    (output.channelBlock, output.columnHalo) = (to, random(0...2, &generator))
    let conversion = Conversion(input: input, output: output)
    let images = Images(2, like: input, random: &generator)
    try check(
      conversion.kernel(named: "layout", lanes: 4), on: [images.stored(as: input)],
      gives: images.stored(as: output), chunksPerImage: conversion.chunksPerImage, batch: 2, "\(conversion)")
  }

  /// Concatenation with zero channels, rows and columns around, or of every s-th row and column.
  @Test(arguments: 0..<40)
  func rearrangementsMoveEveryElement(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let first = layout(4, halo: random(0...1, &generator), &generator)
    var sources: [Rearrangement.Source] = []
    var channels = 0
    for _ in 0..<random(1...3, &generator) {
      channels += random(0...5, &generator)
      var layout = first
      layout.channels = random(1...9, &generator)
      sources.append(.init(layout: layout, firstChannel: channels))
      channels += layout.channels
    }
    let pads = random(0...1, &generator) == 0
    let step: (rows: Int, columns: Int) =
      pads ? (rows: 1, columns: 1) : (random(1...3, &generator), random(1...3, &generator))
    let offset: (rows: Int, columns: Int) =
      pads ? (rows: random(0...2, &generator), columns: random(0...3, &generator)) : (0, 0)
    let output = ImageLayout(
      channels: channels + random(0...6, &generator),
      rows: pads ? first.rows + offset.rows + random(0...2, &generator) : (first.rows + step.rows - 1) / step.rows,
      columns: pads
        ? first.columns + offset.columns + random(0...2, &generator)
        : (first.columns + step.columns - 1) / step.columns,
      channelBlock: 4, columnHalo: random(0...1, &generator))
    let problem = Rearrangement(sources: sources, output: output, step: step, offset: offset)
    let images = sources.map { Images(2, like: $0.layout, random: &generator) }
    let expected = Images(2, like: output) { image, channel, row, column in
      let source = zip(sources, images).first { source, _ in
        (source.firstChannel..<source.firstChannel + source.layout.channels).contains(channel)
      }
      return source.flatMap { source, images in
        images.inside(
          image, channel - source.firstChannel, row * step.rows - offset.rows, column * step.columns - offset.columns)
      } ?? 0
    }
    try check(
      problem.kernel(named: "move"), on: zip(sources, images).map { $1.stored(as: $0.layout) },
      gives: expected.stored(as: output), chunksPerImage: problem.chunksPerImage, batch: 2, "\(problem)")
  }

  /// A pooling with windows of any kind.
  private func pooling(_ generator: inout SeededGenerator) -> PoolingKernel {
    let input = layout(4, halo: random(0...1, &generator), &generator)
    var output = input
    output.columnHalo = random(0...1, &generator)
    func window(_ extent: Int) -> (window: PoolingKernel.Window, extent: Int) {
      guard random(0...3, &generator) > 0 else { return (.adaptive, random(1...extent + 2, &generator)) }
      let size = random(1...min(4, extent), &generator)
      let padding = random(0...size / 2, &generator)
      let stride = random(1...3, &generator)
      return (
        .sliding(size: size, stride: stride, paddingBefore: padding, paddingAfter: padding),
        (extent + 2 * padding - size) / stride + 1
      )
    }
    let (rows, columns) = (window(input.rows), window(input.columns))
    (output.rows, output.columns) = (rows.extent, columns.extent)
    if output.rows == 1, output.columns == 1 { (output.channelBlock, output.columnHalo) = (1, 0) }
    let countsPadding = random(0...1, &generator) == 0
    let isMaximum = random(0...1, &generator) == 0
    return PoolingKernel(
      input: input, output: output, rowWindow: rows.window, columnWindow: columns.window,
      reduction: isMaximum ? .maximum : .average(countsPadding: countsPadding))
  }

  /// A tenth of the elements are NaN or infinite: NaN in a window gives NaN, as in PyTorch.
  @Test(arguments: 0..<32)
  func poolingAgreesWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let problem = pooling(&generator)
    let (input, output, rows, columns) = (problem.input, problem.output, problem.rowWindow, problem.columnWindow)
    let isMaximum = problem.reduction == .maximum
    let countsPadding = problem.reduction == .average(countsPadding: true)
    let unusual: [Float] = [.nan, .infinity, -.infinity]
    let images = Images(2, like: input) { _, _, _, _ in
      let choice = random(0...29, &generator)
      return choice < 3 ? unusual[choice] : Float(generator.uniform())
    }
    let expected = Images(2, like: output) { image, channel, row, column in
      let (rows, rowCount) = span(rows, row, input.rows, output.rows, countsPadding)
      let (columns, columnCount) = span(columns, column, input.columns, output.columns, countsPadding)
      let values = rows.flatMap { row in columns.map { images[image, channel, row, $0] } }
      if values.contains(where: \.isNaN) { return .nan }
      return isMaximum ? values.max() ?? -.infinity : values.reduce(0, +) / Float(rowCount * columnCount)
    }
    try check(
      problem.kernel(named: "pool"), on: [images.stored(as: input)], gives: expected.stored(as: output),
      chunksPerImage: problem.chunksPerImage, batch: 2, tolerance: 1e-6, "\(problem)")
  }

  /// Few distinct elements, so that windows have several largest ones.
  @Test(arguments: 0..<32)
  func poolingGradientsAgreeWithCounting(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let pooling = pooling(&generator)
    var output = pooling.input
    output.columnHalo = random(0...1, &generator)
    let problem = PoolingGradient(pooling, output: output)
    let isMaximum = pooling.reduction == .maximum
    let images = Images(2, like: pooling.input) { _, _, _, _ in Float(random(0...3, &generator)) }
    let gradients = Images(2, like: pooling.output, random: &generator)
    var sums = [[Int]: Float]()
    _ = Images(2, like: pooling.output) { image, channel, row, column in
      let countsPadding = pooling.reduction == .average(countsPadding: true)
      let (rows, rowCount) = span(pooling.rowWindow, row, output.rows, pooling.output.rows, countsPadding)
      let (columns, columnCount) = span(
        pooling.columnWindow, column, output.columns, pooling.output.columns, countsPadding)
      let taps = rows.flatMap { row in columns.map { [image, channel, row, $0] } }
      let gradient = gradients[image, channel, row, column]
      let largest = taps.map { images[$0[0], $0[1], $0[2], $0[3]] }.max()
      let takers = isMaximum ? taps.filter { images[$0[0], $0[1], $0[2], $0[3]] == largest }.prefix(1) : taps[...]
      for tap in takers { sums[tap, default: 0] += isMaximum ? gradient : gradient / Float(rowCount * columnCount) }
      return 0
    }
    let expected = Images(2, like: output) { sums[[$0, $1, $2, $3]] ?? 0 }.stored(as: output)
    let found = try interpret(
      problem.kernel(named: "gradient"),
      on: [gradients.stored(as: pooling.output)] + (isMaximum ? [images.stored(as: pooling.input)] : []),
      resultCount: expected.count, chunkCount: 2 * problem.chunksPerImage, batch: 2, isCompiledToo: seed < 3)
    expectSame(found, expected, tolerance: 1e-6, "\(problem)")
  }

  /// The positions of a window inside of the input, and what an average divides by.
  private func span(
    _ window: PoolingKernel.Window, _ position: Int, _ extent: Int, _ outputExtent: Int, _ countsPadding: Bool
  ) -> (Range<Int>, Int) {
    switch window {
    case .adaptive:
      let range =
        position * extent / outputExtent..<((position + 1) * extent + outputExtent - 1) / outputExtent
      return (range, range.count)
    case .sliding(let size, let stride, let before, let after):
      let start = position * stride - before
      let range = max(start, 0)..<min(start + size, extent)
      return (range, countsPadding ? min(start + size, extent + after) - start : range.count)
    }
  }

  /// x * scale - y * x for each channel, where operands and result lie in memory in different ways.
  @Test(arguments: 0..<16)
  func sweepsComputeEveryElement(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let isVector = seed % 4 == 0
    var output = layout(isVector ? 1 : 4, halo: isVector ? 0 : random(0...1, &generator), &generator)
    if isVector { (output.rows, output.columns) = (1, 1) }
    let layouts = (0..<2).map { _ in
      var layout = output
      layout.columnHalo = isVector ? 0 : random(0...2, &generator)
      return layout
    }
    let images = layouts.map { Images(2, like: $0, random: &generator) }
    let scale = (0..<output.channels).map { _ in Float(generator.uniform()) }
    let sweep = ElementwiseKernel(
      operands: [.tensor(layouts[0]), .perChannel, .tensor(layouts[1])], output: output, lanes: 4,
      isStreamed: seed % 2 == 1)
    let kernel = sweep.kernel(named: "sweep") { operands, _ in
      operands[0] * operands[1] - operands[2] * operands[0]
    }
    let expected = Images(2, like: output) { image, channel, row, column in
      let (x, y) = (images[0][image, channel, row, column], images[1][image, channel, row, column])
      return x * scale[channel] - y * x
    }
    let packed = ChannelPacking(channels: output.channels, lanes: 4).packed(scale)
    try check(
      kernel, on: [images[0].stored(as: layouts[0]), packed, images[1].stored(as: layouts[1])],
      gives: expected.stored(as: output), chunksPerImage: sweep.chunksPerImage, batch: 2, "\(sweep)")
  }

  /// Parts of a tensor, and of a vector.
  @Test(arguments: 0..<24)
  func partsAreCutOut(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let isVector = seed % 4 == 0
    var input = layout(isVector ? 1 : 4, halo: isVector ? 0 : random(0...1, &generator), &generator)
    if isVector { (input.rows, input.columns) = (1, 1) }
    func part(_ extent: Int) -> (start: Int, size: Int) {
      let start = random(0...extent - 1, &generator)
      return (start, random(1...extent - start, &generator))
    }
    let (channels, rows, columns) = (part(input.channels), part(input.rows), part(input.columns))
    let output = ImageLayout(
      channels: channels.size, rows: rows.size, columns: columns.size, channelBlock: input.channelBlock,
      columnHalo: isVector ? 0 : random(0...1, &generator))
    let problem = Rearrangement(
      sources: [.init(layout: input, firstChannel: -channels.start)], output: output,
      offset: (rows: -rows.start, columns: -columns.start))
    let images = Images(2, like: input, random: &generator)
    let expected = Images(2, like: output) {
      images[$0, $1 + channels.start, $2 + rows.start, $3 + columns.start]
    }
    try check(
      problem.kernel(named: "slice"), on: [images.stored(as: input)], gives: expected.stored(as: output),
      chunksPerImage: problem.chunksPerImage, batch: 2, "\(problem)")
  }

  @Test(arguments: 0..<16)
  func pixelsAreSpread(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let output = layout(4, halo: random(0...1, &generator), &generator)
    let step = (rows: random(1...3, &generator), columns: random(1...3, &generator))
    let input = ImageLayout(
      channels: output.channels, rows: (output.rows + step.rows - 1) / step.rows,
      columns: (output.columns + step.columns - 1) / step.columns, channelBlock: 4,
      columnHalo: random(0...1, &generator))
    let images = Images(2, like: input, random: &generator)
    let expected = Images(2, like: output) { image, channel, row, column in
      row % step.rows == 0 && column % step.columns == 0
        ? images[image, channel, row / step.rows, column / step.columns] : 0
    }
    let problem = SpreadKernel(input: input, output: output, step: step)
    try check(
      problem.kernel(named: "spread"), on: [images.stored(as: input)], gives: expected.stored(as: output),
      chunksPerImage: problem.chunksPerImage, batch: 2, "\(problem)")
  }

  @Test(arguments: [1, 5, 9])
  func vectorsAreConcatenated(channels: Int) throws {
    var generator = SeededGenerator(seed: UInt64(channels))
    func vector(_ channels: Int) -> ImageLayout {
      ImageLayout(channels: channels, rows: 1, columns: 1, channelBlock: 1)
    }
    let (first, second, output) = (vector(channels), vector(4), vector(channels + 4))
    let images = [first, second].map { Images(3, like: $0, random: &generator) }
    let problem = Rearrangement(
      sources: [.init(layout: first, firstChannel: 0), .init(layout: second, firstChannel: channels)], output: output)
    let expected = Images(3, like: output) { image, channel, _, _ in
      channel < channels ? images[0][image, channel, 0, 0] : images[1][image, channel - channels, 0, 0]
    }
    try check(
      problem.kernel(named: "concat"), on: images.map(\.elements), gives: expected.elements,
      chunksPerImage: problem.chunksPerImage, batch: 3, "\(channels) channels")
  }

  @Test(arguments: [(1, 1), (3, 5), (4, 17), (9, 8), (21, 33)], [Machine.sse2, .neon])
  func linearAgreesWithCounting(shape: (inputs: Int, outputs: Int), machine: Machine) throws {
    var generator = SeededGenerator(seed: UInt64(shape.inputs))
    func vector(_ channels: Int) -> ImageLayout {
      ImageLayout(channels: channels, rows: 1, columns: 1, channelBlock: 1)
    }
    let lanes = machine.vectorLanes
    let weights = (0..<shape.inputs * shape.outputs).map { _ in Float(generator.uniform()) }
    let bias = (0..<shape.outputs).map { _ in Float(generator.uniform()) }
    for largestBatch in [1, 2, 37] {
      let problem = LinearKernel(
        input: vector(shape.inputs), output: vector(shape.outputs),
        epilogue: Epilogue(hasBias: true, activation: .clip(low: 0.125, high: 1)))
      let schedule = problem.schedule(machine: machine, largestBatch: largestBatch)
      let packing = LinearKernel.WeightPacking(problem, schedule, lanes: lanes)
      for batch in Set([1, largestBatch]) {
        let images = Images(batch, like: problem.input, random: &generator)
        let expected = Images(batch, like: problem.output) { image, output, _, _ in
          let terms = (0..<shape.inputs).map {
            Double(images[image, $0, 0, 0]) * Double(weights[output * shape.inputs + $0])
          }
          return Float(min(max(terms.reduce(Double(bias[output]), +), 0.125), 1))
        }
        let groups = (batch + schedule.imagesPerChunk - 1) / schedule.imagesPerChunk
        let operands = [
          images.elements, packing.packed(weights),
          ChannelPacking(channels: shape.outputs, lanes: packing.width).packed(bias),
        ]
        let kernel = problem.kernel(named: "linear", schedule: schedule, machine: machine)
        let found = try interpret(
          kernel, on: operands, resultCount: expected.elements.count, chunkCount: groups * schedule.channelTileCount,
          batch: batch)
        expectSame(found, expected.elements, tolerance: 1e-6, "\(problem), batch \(batch)")
      }
    }
  }

  @Test(arguments: [1, 3, 4, 10])
  func softmaxSumsToOne(channels: Int) throws {
    var generator = SeededGenerator(seed: UInt64(channels))
    let layout = ImageLayout(channels: channels, rows: 1, columns: 1, channelBlock: 1)
    // The second image's numbers are beyond what exp takes; the third has a NaN.
    let images = Images(3, like: layout) { image, channel, _, _ in
      image == 2 && channel == 0 ? .nan : Float(generator.uniform()) + Float(image) * 1000
    }
    let expected = Images(3, like: layout) { image, channel, _, _ in
      let row = (0..<channels).map { Double(images[image, $0, 0, 0]) }
      let largest = row.max() ?? 0
      let total = row.map { exponential($0 - largest) }.reduce(0, +)
      return image == 2 ? .nan : Float(exponential(row[channel] - largest) / total)
    }
    let kernel = SoftmaxKernel(channels: channels, lanes: 4).kernel(named: "softmax")
    let found = try interpret(
      kernel, on: [images.elements], resultCount: expected.elements.count, chunkCount: 3, batch: 3)
    expectSame(found, expected.elements, tolerance: 1e-6, "\(channels) channels")
  }
}
