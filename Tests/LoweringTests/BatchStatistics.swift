import GraphIR
import Kernels
import LoopIR
import Lowering
import Tensors

/// What training will ask of programs, written by hand: an activation, statistics of it over the whole batch, its
/// normalisation, and a backward part that reads the activation and the statistics again, long after.
///
/// Inputs: x and dy, f32[N, 8, 3, 5]. With a = 2 x + 0.5, mean and variance of a's channels over the batch, and
/// z = (a - mean) / sqrt(variance + epsilon), outputs are y = max(z, 0) and dx = (dy - mean(dy) - z mean(dy z)) /
/// sqrt(variance + epsilon), batch normalisation's gradient.
enum BatchStatistics {
  static let channels = 8
  static let pixels = 15
  static let epsilon = 1e-5
  /// Partial results of a reduction, combined in this order: whatever the batch and the threads.
  static let partials = 4

  /// Buffers between steps, in the order of the plan's items.
  private enum Tensor: Int {
    case activation, sums, mean, deviations, scale, normalised, gradientSums, gradientMeans
  }

  private static let imageByteCount = channels * pixels * 4
  private static let doubleByteCount = channels * 8

  /// Fixed-size statistics and per-image tensors, with the steps at which they are made and last read.
  static let items = [
    MemoryPlan.Item(byteCount: imageByteCount, isPerImage: true, firstStep: 0, lastStep: 9),
    MemoryPlan.Item(byteCount: partials * doubleByteCount, isPerImage: false, firstStep: 1, lastStep: 2),
    MemoryPlan.Item(byteCount: doubleByteCount, isPerImage: false, firstStep: 2, lastStep: 9),
    MemoryPlan.Item(byteCount: partials * doubleByteCount, isPerImage: false, firstStep: 3, lastStep: 4),
    MemoryPlan.Item(byteCount: doubleByteCount, isPerImage: false, firstStep: 4, lastStep: 9),
    MemoryPlan.Item(byteCount: imageByteCount, isPerImage: true, firstStep: 5, lastStep: 6),
    MemoryPlan.Item(byteCount: 2 * partials * doubleByteCount, isPerImage: false, firstStep: 7, lastStep: 8),
    MemoryPlan.Item(byteCount: 2 * doubleByteCount, isPerImage: false, firstStep: 8, lastStep: 9),
  ]

  static func program(batch: ClosedRange<Int>) -> Program {
    let plan = MemoryPlan(items)
    func place(_ tensor: Tensor) -> Program.Operand {
      let offset = plan.offsets[tensor.rawValue]
      return items[tensor.rawValue].isPerImage
        ? Program.Operand(.arena, fixedOffset: plan.fixedByteCount, offsetPerImage: offset)
        : Program.Operand(.arena, fixedOffset: offset)
    }
    let (x, gradient) = (Program.Operand(.input(0)), Program.Operand(.input(1)))
    let (activation, mean, scale) = (place(.activation), place(.mean), place(.scale))
    let perImage = Program.Chunks(perGroup: 1, imagesPerGroup: 1)
    let perPartial = Program.Chunks(perGroup: partials, imagesPerGroup: nil)
    let single = Program.Chunks(perGroup: 1, imagesPerGroup: nil)
    let steps: [(Kernel, [Program.Operand], Program.Chunks)] = [
      (affine, [x, activation], perImage),
      (partialSums, [activation, place(.sums)], perPartial),
      (combinedMean, [place(.sums), mean], single),
      (partialDeviations, [activation, mean, place(.deviations)], perPartial),
      (combinedScale, [place(.deviations), scale], single),
      (normalise, [activation, mean, scale, place(.normalised)], .init(perGroup: 1, imagesPerGroup: 2)),
      (rectify, [place(.normalised), .init(.output(0))], perImage),
      (partialGradients, [gradient, activation, mean, scale, place(.gradientSums)], perPartial),
      (combinedGradients, [place(.gradientSums), place(.gradientMeans)], single),
      (
        inputGradient, [gradient, activation, mean, scale, place(.gradientMeans), .init(.output(1))],
        .init(perGroup: channels, imagesPerGroup: nil)
      ),
    ]
    let type = TensorType(.f32, [.batch, .fixed(channels), 3, 5])
    return Program(
      name: "batch_statistics", inputs: ["x", "dy"].map { .init(name: $0, type: type) },
      outputs: ["y", "dx"].map { .init(name: $0, type: type) }, kernels: steps.map(\.0),
      steps: steps.enumerated().map { number, step in
        Program.Step(
          kernel: number, operands: step.1, chunks: step.2, name: step.0.name, results: [])
      },
      weightsByteCount: 0, arenaFixedByteCount: plan.fixedByteCount, arenaByteCountPerImage: plan.byteCountPerImage,
      liveByteCountPerImage: plan.liveByteCountPerImage, batch: batch)
  }

  // MARK: Kernels

  private static func element(_ image: Index, _ channel: Index, _ pixel: Index) -> Index {
    (image * .constant(channels) + channel) * .constant(pixels) + pixel
  }

  /// A kernel whose first operands are images of f32 and whose others are f64; the last is the result.
  private static func kernel(
    _ name: String, images: Int, statistics: Int = 0, result: ScalarType,
    _ body: (inout KernelBuilder, _ inputs: [BufferID], _ result: BufferID) -> Void
  ) -> Kernel {
    var builder = KernelBuilder()
    let inputs =
      (0..<images).map { builder.buffer("image\($0)", .f32, .read, alignment: 4) }
      + (0..<statistics).map { builder.buffer("statistic\($0)", .f64, .read) }
    let output = builder.buffer("result", result, .write, alignment: result.byteCount)
    body(&builder, inputs, output)
    return builder.kernel(named: name)
  }

  private static func double(_ value: Expression) -> Expression { .convert(value, to: .f64) }

  private static func number(_ value: Double) -> Expression { .constant(value, ValueType(.f64)) }

  /// Elements of a channel in this batch.
  private static let elementCount = double(.index(.batch * .constant(pixels)))

  private static let affine = kernel("affine", images: 1, result: .f32) { builder, inputs, result in
    builder.loop("element", to: .constant(channels * pixels)) { builder, index in
      let place = element(.chunk, 0, index)
      let value = builder.load(inputs[0], at: place) * .constant(2, .f32) + .constant(0.5, .f32)
      builder.store(value, to: result, at: place)
    }
  }

  /// One chunk sums `terms` over every `partials`-th image, channel by channel, into rows of its own.
  private static func partial(
    _ builder: inout KernelBuilder, into result: BufferID, count: Int = 1,
    terms: (inout KernelBuilder, _ channel: Index, _ place: Index) -> [Expression]
  ) {
    builder.loop("channel", to: .constant(channels)) { builder, channel in
      let sums = (0..<count).map { _ in builder.register(number(0)) }
      builder.loop("image", from: .chunk, to: .batch, step: partials) { builder, image in
        builder.loop("pixel", to: .constant(pixels)) { builder, pixel in
          for (sum, term) in zip(sums, terms(&builder, channel, element(image, channel, pixel))) {
            builder.assign(sum, .register(sum) + term)
          }
        }
      }
      for (row, sum) in sums.enumerated() {
        let place = (Index.chunk * .constant(count) + .constant(row)) * .constant(channels) + channel
        builder.store(.register(sum), to: result, at: place)
      }
    }
  }

  /// The partial sums of `count` rows each, added in the order of their chunks, over the number of elements.
  private static func combine(
    _ builder: inout KernelBuilder, _ sums: BufferID, into result: BufferID, count: Int = 1,
    _ finish: (Expression) -> Expression = { $0 }
  ) {
    builder.loop("place", to: .constant(count * channels)) { builder, place in
      let total = builder.register(number(0))
      builder.loop("partial", to: .constant(partials)) { builder, partial in
        let sum = builder.load(sums, at: partial * .constant(count * channels) + place)
        builder.assign(total, .register(total) + sum)
      }
      builder.store(finish(.register(total) / elementCount), to: result, at: place)
    }
  }

  private static let partialSums = kernel("partialSums", images: 1, result: .f64) { builder, inputs, result in
    partial(&builder, into: result) { builder, _, place in [double(builder.load(inputs[0], at: place))] }
  }

  private static let combinedMean = kernel("mean", images: 0, statistics: 1, result: .f64) {
    combine(&$0, $1[0], into: $2)
  }

  private static let partialDeviations = kernel("partialDeviations", images: 1, statistics: 1, result: .f64) {
    builder, inputs, result in
    partial(&builder, into: result) { builder, channel, place in
      let value = double(builder.load(inputs[0], at: place)) - builder.load(inputs[1], at: channel)
      let deviation = builder.bind(value)
      return [deviation * deviation]
    }
  }

  private static let combinedScale = kernel("scale", images: 0, statistics: 1, result: .f64) {
    combine(&$0, $1[0], into: $2) { number(1) / .unary(.squareRoot, $0 + number(epsilon)) }
  }

  /// (activation - mean) * scale, where the buffers are the last three of `inputs`' first four.
  private static func normalised(
    _ builder: inout KernelBuilder, _ inputs: ArraySlice<BufferID>, _ channel: Index, _ place: Index
  ) -> Expression {
    let buffers = Array(inputs)
    let centred = double(builder.load(buffers[0], at: place)) - builder.load(buffers[1], at: channel)
    return builder.bind(centred * builder.load(buffers[2], at: channel))
  }

  private static let normalise = kernel("normalise", images: 1, statistics: 2, result: .f32) {
    builder, inputs, result in
    let first = Index.chunk * 2
    builder.loop("image", from: first, to: .min(first + 2, .batch)) { builder, image in
      builder.loop("channel", to: .constant(channels)) { builder, channel in
        builder.loop("pixel", to: .constant(pixels)) { builder, pixel in
          let place = element(image, channel, pixel)
          let value = normalised(&builder, inputs[...], channel, place)
          builder.store(.convert(value, to: .f32), to: result, at: place)
        }
      }
    }
  }

  private static let rectify = kernel("rectify", images: 1, result: .f32) { builder, inputs, result in
    builder.loop("element", to: .constant(channels * pixels)) { builder, index in
      let place = element(.chunk, 0, index)
      builder.store(.max(.constant(0, .f32), builder.load(inputs[0], at: place)), to: result, at: place)
    }
  }

  private static let partialGradients = kernel("partialGradients", images: 2, statistics: 2, result: .f64) {
    builder, inputs, result in
    partial(&builder, into: result, count: 2) { builder, channel, place in
      let gradient = builder.bind(double(builder.load(inputs[0], at: place)))
      return [gradient, gradient * normalised(&builder, inputs[1...], channel, place)]
    }
  }

  private static let combinedGradients = kernel("gradientMeans", images: 0, statistics: 1, result: .f64) {
    combine(&$0, $1[0], into: $2, count: 2)
  }

  /// One chunk is one channel of all images.
  private static let inputGradient = kernel("inputGradient", images: 2, statistics: 3, result: .f32) {
    builder, inputs, result in
    builder.loop("image", to: .batch) { builder, image in
      builder.loop("pixel", to: .constant(pixels)) { builder, pixel in
        let place = element(image, .chunk, pixel)
        let z = normalised(&builder, inputs[1...3], .chunk, place)
        let slope = builder.load(inputs[4], at: .chunk + .constant(channels)) * z
        let rest = double(builder.load(inputs[0], at: place)) - builder.load(inputs[4], at: .chunk) - slope
        builder.store(.convert(rest * builder.load(inputs[3], at: .chunk), to: .f32), to: result, at: place)
      }
    }
  }
}
