import GraphIR

/// The one list of ops: what printed graphs may hold and network files may call.
package enum OpRegistry {
  package struct Entry: Sendable {
    package var op: any Op.Type
    /// How network files call it; none for ops that only passes make.
    package var surfaces: [Surface]

    init(_ op: any Op.Type, _ surfaces: Surface...) {
      self.op = op
      self.surfaces = surfaces
    }
  }

  /// One line an op.
  package static let entries: [Entry] = [
    Entry(AdaptiveAveragePool.self, AdaptiveAveragePool.surface),
    Entry(AdaptiveAveragePoolGradient.self),
    Entry(AdaptiveMaxPool.self, AdaptiveMaxPool.surface),
    Entry(AdaptiveMaxPoolGradient.self),
    Entry(Add.self, Add.surface),
    Entry(Affine.self, Affine.surface),
    Entry(AveragePool2D.self, AveragePool2D.surface),
    Entry(AveragePoolGradient.self),
    Entry(BatchNorm.self, BatchNorm.surface),
    Entry(BatchNormGradient.self),
    Entry(BatchStatistics.self),
    Entry(ChannelSum.self),
    Entry(Clip.self, Clip.surface, Clip.relu6Surface),
    Entry(ClipGradient.self),
    Entry(Concat.self, Concat.surface),
    Entry(Conv2D.self, Conv2D.surface),
    Entry(ConvInputGradient.self),
    Entry(ConvWeightGradient.self),
    Entry(Divide.self, Divide.surface),
    Entry(Dropout.self, Dropout.surface),
    Entry(Exp.self, Exp.surface),
    Entry(Fill.self),
    Entry(FilterScaling.self),
    Entry(Flatten.self, Flatten.surface),
    Entry(FoldedBias.self),
    Entry(GlobalAveragePool.self, GlobalAveragePool.surface),
    Entry(GlobalAveragePoolGradient.self),
    Entry(Linear.self, Linear.surface),
    Entry(LinearInputGradient.self),
    Entry(LinearWeightGradient.self),
    Entry(MaxPool2D.self, MaxPool2D.surface),
    Entry(MaxPoolGradient.self),
    Entry(Maximum.self, Maximum.surface),
    Entry(Minimum.self, Minimum.surface),
    Entry(Multiply.self, Multiply.surface),
    Entry(PReLU.self, PReLU.surface),
    Entry(PReLUGradient.self),
    Entry(Pad2D.self, Pad2D.surface),
    Entry(PadChannels.self, PadChannels.surface),
    Entry(RandomDropout.self),
    Entry(ReLU.self, ReLU.surface),
    Entry(ReLUGradient.self),
    Entry(RunningAverage.self),
    Entry(SGD.self),
    Entry(Sigmoid.self, Sigmoid.surface),
    Entry(Slice.self),
    Entry(Softmax.self, Softmax.surface),
    Entry(SoftmaxCrossEntropy.self),
    Entry(SoftmaxCrossEntropyGradient.self),
    Entry(SoftmaxGradient.self),
    Entry(Spread.self),
    Entry(Subsample.self, Subsample.surface),
    Entry(Subtract.self, Subtract.surface),
    Entry(Tanh.self, Tanh.surface),
    Entry(Unflatten.self),
  ]

  /// What readers of printed graphs are handed.
  package static let table = OpTable(entries.map(\.op))

  /// The built-in functions of network files by name.
  package static let surfaces: [String: Surface] = Dictionary(
    entries.flatMap(\.surfaces).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}
