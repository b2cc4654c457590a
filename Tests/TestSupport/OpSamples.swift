/// Problems that every engine must solve alike: channel counts of 1, 3, 10, 17 and 1000, kernels of 1 to 7, strides of
/// 1 to 3, odd and asymmetrical sizes, groups up to depthwise, odd batches, and all that is fused.
package enum OpSamples {
  package static let convolutions = [
    "conv n1 c1 h1 w1 o1 k1",
    "conv n1 c1 h5 w5 o1 k3 p1",
    "conv n2 c3 h9 w7 o17 k3 p1",
    "conv n1 c3 h23 w19 o64 k7 s2 p3 bias relu",
    "conv n1 c3 h15 w15 o10 k7",
    "conv n3 c10 h6 w11 o3 k1",
    "conv n2 c17 h7 w5 o10 k2 bias",
    "conv n1 c17 h8 w8 o17 k2 s2",
    "conv n1 c16 h14 w14 o32 k3 p1 relu",
    "conv n7 c16 h7 w7 o16 k3 p1 bias residual relu",
    "conv n1 c32 h7 w9 o64 k1 residual",
    "conv n1 c64 h14 w14 o32 k1 s2 bias relu",
    "conv n1 c1000 h3 w2 o17 k1 bias",
    "conv n1 c17 h3 w2 o1000 k1 relu",
    "conv n1 c10 h10 w12 o10 k4 s3 p2",
    "conv n1 c8 h11 w9 o24 k5 p2 clip",
    "conv n2 c6 h13 w8 o5 k5 s3 p1",
    "conv n1 c4 h9 w9 o8 k6 s2 p2 prelu",
    "conv n1 c16 h9 w9 o16 k3 s2 p1 bias prelu",
    "conv n1 c16 h10 w6 o16 k3x1 p1x0",
    "conv n1 c16 h6 w10 o16 k1x7 p0x3 residual clip",
    "conv n1 c16 h12 w11 o16 k3x2 s2x1 p1x0",
    "conv n1 c5 h7 w7 o5 k3 p0x1x2x0",
    "conv n1 c16 h13 w13 o16 k3 d2 p2",
    "conv n2 c3 h17 w12 o7 k3x2 d3x2 s2 p1",
    "conv n1 c32 h8 w8 o32 k3 p1 g2 bias relu",
    "conv n1 c12 h6 w7 o18 k3 p1 g3",
    "conv n1 c64 h7 w7 o64 k3 p1 g32 relu",
    "conv n2 c17 h9 w8 o17 k3 p1 g17 bias",
    "conv n1 c16 h9 w9 o32 k5 s2 p2 g16 clip",
    "conv n1 c3 h8 w8 o3 k7 p3 g3 residual prelu",
    "conv n1 c48 h5 w5 o48 k3 p1 bias residual prelu",
    "conv n5 c10 h5 w3 o33 k3 p1 relu",
    "conv n3 c17 h13 w11 o40 k3 p1 bias relu statistics",
    "conv n5 c32 h33 w9 o64 k3 s2 p1 statistics",
    "conv n2 c16 h6 w7 o16 k3 p1 g16 statistics",
    "conv n9 c64 h7 w7 o96 k1 residual statistics",
    "conv n3 c128 h5 w28 o160 k1 statistics",
    "conv n2 c192 h9 w20 o128 k1 s2 bias residual relu",
    "conv n1 c2 h3 w3 o2 k3 s3 p1",
    "conv n1 c16 h3 w3 o16 k3 p1 residual",
    "conv n1 c2 h2 w1 o3 k7 p3",
    "conv n1 c16 h29 w30 o16 k3 s2 p1 bias residual relu",
    "conv n3 c16 h13 w14 o16 k3 p1",
    "conv n2 c24 h15 w9 o40 k3 p1 bias residual relu",
    "conv n1 c64 h11 w12 o48 k3 p0x1x2x1 bias prelu",
  ]

  package static let pools = [
    "maxPool n1 c16 h12 w12 k3 s2 p1",
    "maxPool n2 c3 h7 w9 k2",
    "maxPool n1 c17 h8 w11 k3x2 s2x1 p1x0",
    "maxPool n1 c64 h7 w7 k3 s2 ceil",
    "maxPool n1 c10 h6 w6 k3 s3 p1 ceil",
    "maxPool n1 c5 h9 w9 k5 s1 p2",
    "maxPool n3 c1 h5 w4 k1 s3",
    "averagePool n1 c16 h8 w8 k2",
    "averagePool n1 c3 h7 w7 k3 s2 p1",
    "averagePool n2 c17 h7 w9 k3 s2 p1 ignorePadding",
    "averagePool n1 c10 h6 w8 k3 s2 p1 ceil",
    "averagePool n1 c1 h7 w5 k2 s2 ceil ignorePadding",
    "averagePool n1 c20 h5 w5 k5",
    "globalAveragePool n1 c512 h7 w7",
    "globalAveragePool n3 c17 h5 w3",
    "globalAveragePool n2 c1000 h1 w1",
    "adaptiveAveragePool n1 c16 h7 w7 z1",
    "adaptiveAveragePool n2 c10 h13 w7 z6",
    "adaptiveAveragePool n1 c3 h3 w5 z7x2",
    "adaptiveMaxPool n1 c17 h9 w11 z4x5",
    "subsample n1 c16 h9 w8 s2",
    "subsample n2 c3 h7 w7 s3x1",
    "pad n1 c17 h5 w6 p1x2x0x3",
  ]

  package static let linears = [
    "linear n1 c512 o1000 bias",
    "linear n7 c17 o10 bias",
    "linear n3 c1 o3",
    "linear n16 c64 o64",
    "linear n2 c1000 o1 bias",
  ]

  package static let elementwise = [
    "relu n1 c16 h5 w7", "relu n3 c10", "prelu n2 c17 h5 w3", "prelu n2 c10", "clip n1 c3 h9 w9", "clip n2 c17",
    "sigmoid n1 c17 h4 w5", "tanh n2 c10 h3 w3", "exp n1 c33 h3 w5", "affine n2 c17 h5 w5", "dropout n1 c16 h3 w3",
    "add n2 c17 h7 w5", "add n3 c10", "subtract n1 c16 h4 w4", "multiply n1 c3 h8 w5", "divide n2 c17 h3 w3",
    "maximum n1 c10 h5 w5", "minimum n1 c16 h2 w9", "batchNorm n2 c17 h5 w6", "batchNorm n1 c64 h7 w7",
    "batchNorm n3 c10",
  ]

  package static let rearrangements = [
    "softmax n3 c10", "softmax n1 c1000", "softmax n2 c1", "flatten n2 c17 h3 w5", "flatten n1 c16 h1 w1",
    "flatten n3 c10", "padChannels n1 c16 h5 w5 a8 b8", "padChannels n2 c3 h4 w3 a0 b5", "concat n1 c16 h5 w7 o32",
    "concat n2 c3 h4 w4 o17", "concat n3 c10 o7",
  ]

  package static let layerGradients = [
    "convInputGradient n2 c3 h9 w7 o17 k3 p1",
    "convInputGradient n1 c16 h14 w13 o32 k3 s2 p1",
    "convInputGradient n2 c17 h8 w8 o10 k1 s2",
    "convInputGradient n1 c3 h23 w19 o16 k7 s2 p3",
    "convInputGradient n1 c12 h6 w7 o18 k3 p1 g3",
    "convInputGradient n1 c16 h9 w10 o16 k3x2 s3x1 d1x2 p0x1x2x0",
    "convInputGradient n3 c64 h4 w4 o128 k1",
    "convInputGradient n3 c160 h5 w28 o128 k1",
    "convInputGradient n3 c16 h13 w14 o16 k3 p1",
    "convInputGradient n2 c24 h15 w9 o40 k3 p1",
    "convInputGradient n1 c64 h11 w12 o48 k3 p0x1x2x1",
    "convWeightGradient n2 c3 h9 w7 o17 k3 p1",
    "convWeightGradient n3 c16 h14 w13 o32 k3 s2 p1",
    "convWeightGradient n2 c17 h8 w8 o10 k1 s2",
    "convWeightGradient n1 c3 h23 w19 o16 k7 s2 p3",
    "convWeightGradient n2 c12 h6 w7 o18 k3 p1 g3",
    "convWeightGradient n1 c16 h9 w10 o16 k3x2 s3x1 d1x2 p0x1x2x0",
    "convWeightGradient n3 c64 h4 w4 o128 k1", "convWeightGradient n7 c16 h32 w32 o16 k3 p1",
    "convWeightGradient n3 c64 h14 w13 o64 k3 p1", "convWeightGradient n5 c24 h10 w9 o40 k3 p0x1x2x0",
    "convWeightGradient n3 c200 h9 w7 o208 k3 p1",
    "linearInputGradient n7 c17 o10", "linearInputGradient n2 c512 o1000", "linearWeightGradient n7 c17 o10",
    "linearWeightGradient n16 c64 o33", "linearWeightGradient n1 c3 o1",
  ]

  package static let poolGradients = [
    "maxPoolGradient n1 c16 h12 w12 k3 s2 p1", "maxPoolGradient n2 c3 h7 w9 k2",
    "maxPoolGradient n1 c17 h6 w7 k3 s2 ceil", "averagePoolGradient n1 c3 h7 w7 k3 s2 p1",
    "averagePoolGradient n2 c17 h7 w9 k3 s2 p1 ignorePadding", "averagePoolGradient n1 c10 h6 w8 k3 s2 p1 ceil",
    "globalAveragePoolGradient n3 c17 h5 w3", "adaptiveAveragePoolGradient n2 c10 h13 w7 z6",
    "adaptiveAveragePoolGradient n1 c3 h3 w5 z7x2", "adaptiveMaxPoolGradient n1 c17 h9 w11 z4x5",
  ]

  package static let elementwiseGradients = [
    "reluGradient n2 c17 h5 w3", "reluGradient n3 c10", "clipGradient n1 c3 h9 w9", "preluGradient n2 c17 h5 w3",
    "preluGradient n2 c10", "randomDropout n2 c17 h5 w4", "randomDropout n3 c10", "runningAverage c17", "sgd c17",
    "sgd c100 nesterov", "fill c3 h2 w2",
  ]

  package static let reductions = [
    "batchStatistics n3 c17 h5 w6", "batchStatistics n7 c10", "batchNormGradient n3 c17 h5 w6",
    "batchNormGradient n7 c10", "batchNormGradient n3 c17 h5 w6 norm", "batchNormGradient n2 c16 h4 w7 result",
    "batchNormGradient n5 c10 residual norm gradient", "batchNormGradient n2 c33 h3 w5 residual",
    "batchNormGradient n3 c17 h5 w6 residual result gradient", "channelSum n2 c17 h4 w5", "channelSum n7 c10",
    "softmaxGradient n3 c10",
    "softmaxCrossEntropy n7 c10", "softmaxCrossEntropy n2 c1000 smooth", "softmaxCrossEntropyGradient n7 c10",
    "softmaxCrossEntropyGradient n2 c1000 smooth",
  ]

  package static let partGradients = [
    "slice n2 c17 h5 w6 a3x1x0 z9x4x5", "slice n3 c10 a2 z7", "spread n2 c17 h9 w8 s2", "spread n1 c3 h7 w7 s3x1",
    "unflatten n2 c24 z2x3x4",
  ]

  /// The problems of ops that networks are made of, and that only training makes.
  package static let inference =
    (convolutions + pools + linears + elementwise + rearrangements).map(OpProblem.init)
  package static let training =
    (layerGradients + poolGradients + elementwiseGradients + reductions + partGradients).map(OpProblem.init)
  package static let all = inference + training

  /// Groups that no kernel of a training program reads.
  private static let untrained = [" c12 h6 w7 o18 k3 p1 g3", " c16 h9 w9 o32 k5 s2 p2 g16"]
  /// The problems that training programs solve. (`fill` is no problem of theirs: its result is known when a program is
  /// compiled, and packed for the ops that read it.)
  package static let compiled = all.filter { problem in
    problem.mnemonic != "fill" && !untrained.contains { problem.description.contains($0) }
  }
}
