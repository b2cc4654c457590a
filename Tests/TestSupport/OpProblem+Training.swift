import GraphIR
import Ops
import Tensors

extension OpProblem {
  /// The application of an op that only training graphs have; nil for other ops.
  func trainingApplication(
    _ builder: inout GraphBuilder, _ x: ValueID
  ) throws(OpError) -> (any Op, [ValueID])? {
    let size = builder.graph.type(of: x).shape.dimensions.dropFirst().compactMap(\.fixedExtent)
    switch mnemonic {
    case ReLUGradient.mnemonic: return (ReLUGradient(), [builder.input("dy", builder.graph.type(of: x)), x])
    case ClipGradient.mnemonic:
      return (ClipGradient(low: -0.5, high: 0.75), [builder.input("dy", builder.graph.type(of: x)), x])
    case PReLUGradient.mnemonic:
      return (PReLUGradient(), [builder.input("dy", builder.graph.type(of: x)), x, perChannel("slope", &builder)])
    case SoftmaxGradient.mnemonic: return (SoftmaxGradient(), [builder.input("dy", builder.graph.type(of: x)), x])
    case RunningAverage.mnemonic:
      let new = builder.input("new", TensorType(.f32, [.fixed(number("c", default: 1))]))
      return (RunningAverage(momentum: 0.1), [perChannel("old", &builder), new])
    case RandomDropout.mnemonic:
      return (RandomDropout(rate: 0.5, salt: 3), [x, builder.input("seed", TensorType(.i32, []))])
    case Slice.mnemonic: return (Slice(start: numbers["a"] ?? [], size: numbers["z"] ?? []), [x])
    case Unflatten.mnemonic: return (Unflatten(shape: numbers["z"] ?? []), [x])
    case Spread.mnemonic:
      let op = Spread(size: Extent2D(Array(size.suffix(2))), stride: extent("s"))
      return (op, [try gradient(of: Subsample(stride: op.stride), x, &builder)])
    case SGD.mnemonic:
      let operands = ["weight", "gradient", "momentum"].map { perChannel($0, &builder) }
      let op = SGD(momentum: 0.9, decay: 0.125, nesterov: flags.contains("nesterov"))
      return (op, operands + [builder.input("learningRate", TensorType(.f32, []))])
    case Fill.mnemonic: return (Fill(0.25, shape: size), [])
    default:
      if let application = sumOrLoss(&builder, x) { return application }
      if let application = try poolGradient(&builder, x, size) { return application }
      return try layerGradient(&builder, x, size)
    }
  }

  private func poolGradient(
    _ builder: inout GraphBuilder, _ x: ValueID, _ size: [Int]
  ) throws(OpError) -> (any Op, [ValueID])? {
    switch mnemonic {
    case MaxPoolGradient.mnemonic:
      return (MaxPoolGradient(pooling), [try gradient(of: MaxPool2D(pooling), x, &builder), x])
    case AveragePoolGradient.mnemonic:
      let forward = AveragePool2D(pooling, countPadding: !flags.contains("ignorePadding"))
      let op = AveragePoolGradient(
        size: Extent2D(Array(size.suffix(2))), pooling, countPadding: forward.countPadding)
      return (op, [try gradient(of: forward, x, &builder)])
    case AdaptiveAveragePoolGradient.mnemonic:
      let dy = try gradient(of: AdaptiveAveragePool(size: extent("z")), x, &builder)
      return (AdaptiveAveragePoolGradient(size: Extent2D(Array(size.suffix(2)))), [dy])
    case AdaptiveMaxPoolGradient.mnemonic:
      return (AdaptiveMaxPoolGradient(), [try gradient(of: AdaptiveMaxPool(size: extent("z")), x, &builder), x])
    case GlobalAveragePoolGradient.mnemonic:
      let op = GlobalAveragePoolGradient(size: Extent2D(Array(size.suffix(2))))
      return (op, [try gradient(of: GlobalAveragePool(), x, &builder)])
    default: return nil
    }
  }

  private func sumOrLoss(_ builder: inout GraphBuilder, _ x: ValueID) -> (any Op, [ValueID])? {
    let smoothing = flags.contains("smooth") ? 0.125 : 0
    switch mnemonic {
    case ChannelSum.mnemonic: return (ChannelSum(), [x])
    case BatchStatistics.mnemonic: return (BatchStatistics(), [x])
    case BatchNormGradient.mnemonic:
      return batchNormGradient(&builder, x)
    case SoftmaxCrossEntropy.mnemonic:
      return (SoftmaxCrossEntropy(smoothing: smoothing), [x, builder.input("labels", TensorType(.i32, [.batch]))])
    case SoftmaxCrossEntropyGradient.mnemonic:
      let labels = builder.input("labels", TensorType(.i32, [.batch]))
      let dloss = builder.input("dloss", TensorType(.f32, []))
      return (SoftmaxCrossEntropyGradient(smoothing: smoothing), [x, labels, dloss])
    default: return nil
    }
  }

  private func batchNormGradient(_ builder: inout GraphBuilder, _ x: ValueID) -> (any Op, [ValueID]) {
    let mask = BatchNormGradient.Mask.allCases.first { flags.contains($0.rawValue) } ?? .none
    let op = BatchNormGradient(
      hasResidual: flags.contains("residual"), mask: mask, givesGradient: flags.contains("gradient"))
    let type = builder.graph.type(of: x)
    var operands = [builder.input("dy", type), x] + ["weight", "mean", "variance"].map { perChannel($0, &builder) }
    if op.hasResidual { operands.append(builder.input("residual", type)) }
    if op.biasIndex != nil { operands.append(perChannel("bias", &builder)) }
    if op.rectifiedIndex != nil { operands.append(builder.input("y", type)) }
    return (op, operands)
  }

  private func layerGradient(
    _ builder: inout GraphBuilder, _ x: ValueID, _ size: [Int]
  ) throws(OpError) -> (any Op, [ValueID])? {
    let geometry = ConvolutionGeometry(
      stride: extent("s"), padding: padding, dilation: extent("d"), groups: number("g", default: 1))
    let (inputs, outputs, kernel) = (number("c", default: 1), number("o", default: 1), extent("k"))
    let filter = Shape(fixed: [outputs, inputs / geometry.groups, kernel.rows, kernel.columns])
    switch mnemonic {
    case ConvInputGradient.mnemonic:
      let weight = builder.parameter("weight", TensorType(.f32, filter), .zeros)
      let dy = try gradient(of: geometry.convolution, x, &builder, [weight])
      return (ConvInputGradient(size: Extent2D(Array(size.suffix(2))), geometry), [dy, weight])
    case ConvWeightGradient.mnemonic:
      let weight = builder.parameter("weight", TensorType(.f32, filter), .zeros)
      return (
        ConvWeightGradient(kernel: kernel, geometry),
        [x, try gradient(of: geometry.convolution, x, &builder, [weight])]
      )
    case LinearInputGradient.mnemonic:
      let weight = builder.parameter("weight", TensorType(.f32, Shape(fixed: [outputs, inputs])), .zeros)
      return (LinearInputGradient(), [builder.input("dy", TensorType(.f32, [.batch, .fixed(outputs)])), weight])
    case LinearWeightGradient.mnemonic:
      return (LinearWeightGradient(), [x, builder.input("dy", TensorType(.f32, [.batch, .fixed(outputs)]))])
    default: return nil
    }
  }

  /// An input `dy` of the type that `op` gives for `x`.
  private func gradient(
    of op: any Op, _ x: ValueID, _ builder: inout GraphBuilder, _ others: [ValueID] = []
  ) throws(OpError) -> ValueID {
    builder.input("dy", try op.resultTypes(([x] + others).map { builder.graph.type(of: $0) })[0])
  }
}
