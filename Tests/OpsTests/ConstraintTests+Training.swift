import GraphIR
import Ops
import Tensors

/// Constraints of ops that only training makes.
extension ConstraintTests {
  private static let labels = TensorType(.i32, [.batch])
  private static let scalar = TensorType(.f32, [])
  private static let wide = TensorType(.f32, [.batch, 10])
  private static let padded = ConvolutionGeometry(padding: Padding2D(symmetric: [1, 1]))
  private static let pooling = Pooling(kernel: Extent2D(2), stride: Extent2D(2))

  static let gradients = [
    ConstraintCase(
      ConvInputGradient(size: Extent2D(5), padded), [flat, filter], "C1", operand: 0,
      "convInputGradient needs an input of rank 4, [N, C, H, W]; got f32[N, 512]"),
    ConstraintCase(
      ConvInputGradient(size: Extent2D(5), padded), [maps(16, 5, 5), fixed(16, 8)], "C2", operand: 1,
      "convInputGradient needs an f32 weight of rank 4, [O, I / groups, KH, KW]; got f32[16, 8]"),
    ConstraintCase(
      ConvInputGradient(size: Extent2D(5), ConvolutionGeometry(groups: .max)), [maps(16, 5, 5), filter], "C3",
      "convInputGradient needs at least 1 group, and at most 2^28 channels in all; got 9223372036854775807 groups"),
    ConstraintCase(
      ConvInputGradient(size: Extent2D([0, 5]), padded), [maps(16, 5, 5), filter], "C4",
      "convInputGradient needs a size of 1 to 2^28; got [0, 5]"),
    ConstraintCase(
      ConvInputGradient(size: Extent2D(6), padded), [maps(16, 5, 5), filter], "C5", operand: 0,
      "convInputGradient needs a dy of type f32[N, 16, 6, 6]; got f32[N, 16, 5, 5]"),
    ConstraintCase(
      ConvWeightGradient(kernel: Extent2D(3), padded), [flat, batched], "C1", operand: 0,
      "convWeightGradient needs an input of rank 4, [N, C, H, W]; got f32[N, 512]"),
    ConstraintCase(
      ConvWeightGradient(kernel: Extent2D(3), padded), [batched, flat], "C2", operand: 1,
      "convWeightGradient needs an input of rank 4, [N, C, H, W]; got f32[N, 512]"),
    ConstraintCase(
      ConvWeightGradient(kernel: Extent2D(3), ConvolutionGeometry(groups: 3)), [batched, batched], "C3", operand: 0,
      "convWeightGradient cannot split 8 channels into 3 groups"),
    ConstraintCase(
      ConvWeightGradient(kernel: Extent2D(0), padded), [batched, batched], "C4",
      "convWeightGradient needs a kernel of 1 to 2^28; got [0, 0]"),
    ConstraintCase(
      ConvWeightGradient(kernel: Extent2D(3), padded), [batched, maps(16, 3, 3)], "C5", operand: 1,
      "convWeightGradient needs a dy of type f32[N, 16, 5, 5]; got f32[N, 16, 3, 3]"),
    ConstraintCase(
      LinearInputGradient(), [batched, fixed(10, 8)], "C1", operand: 0,
      "linearInputGradient needs a tensor of rank 2, [N, C]; got f32[N, 8, 5, 5]"),
    ConstraintCase(
      LinearInputGradient(), [flat, fixed(10, 512)], "C2", operand: 1,
      "linearInputGradient of 512 features needs a weight of [512, I]; got f32[10, 512]"),
    ConstraintCase(
      LinearWeightGradient(), [batched, flat], "C1", operand: 0,
      "linearWeightGradient needs a tensor of rank 2, [N, C]; got f32[N, 8, 5, 5]"),
    ConstraintCase(
      LinearWeightGradient(), [flat, fixed(4, 512)], "C2", operand: 1,
      "linearWeightGradient needs a dy of type f32[N, 512]; got f32[4, 512]"),
    ConstraintCase(
      MaxPoolGradient(pooling), [batched, flat], "C1", operand: 0,
      "maxPoolGradient needs an input of rank 4, [N, C, H, W]; got f32[N, 512]"),
    ConstraintCase(
      MaxPoolGradient(pooling), [batched, batched], "C3", operand: 0,
      "maxPoolGradient needs a dy of type f32[N, 8, 2, 2]; got f32[N, 8, 5, 5]"),
    ConstraintCase(
      AveragePoolGradient(size: Extent2D(0), pooling), [batched], "C2",
      "averagePoolGradient needs a size of 1 to 2^28; got [0, 0]"),
    ConstraintCase(
      AveragePoolGradient(size: Extent2D(9), pooling), [batched], "C3", operand: 0,
      "averagePoolGradient needs a dy of type f32[N, 8, 4, 4]; got f32[N, 8, 5, 5]"),
    ConstraintCase(
      AdaptiveAveragePoolGradient(size: Extent2D(-1)), [batched], "C2",
      "adaptiveAveragePoolGradient needs a size of 1 to 2^28; got [-1, -1]"),
    ConstraintCase(
      AdaptiveMaxPoolGradient(), [batched, flat], "C1", operand: 1,
      "adaptiveMaxPoolGradient needs an input of rank 4, [N, C, H, W]; got f32[N, 512]"),
    ConstraintCase(
      AdaptiveMaxPoolGradient(), [maps(9, 2, 2), batched], "C2", operand: 0,
      "adaptiveMaxPoolGradient needs a dy of type f32[N, 8, 2, 2]; got f32[N, 9, 2, 2]"),
    ConstraintCase(
      GlobalAveragePoolGradient(size: Extent2D(7)), [batched], "C1", operand: 0,
      "globalAveragePoolGradient needs a tensor of rank 2, [N, C]; got f32[N, 8, 5, 5]"),
    ConstraintCase(
      GlobalAveragePoolGradient(size: Extent2D(0)), [flat], "C2",
      "globalAveragePoolGradient needs a size of 1 to 2^28; got [0, 0]"),
    ConstraintCase(
      ReLUGradient(), [batched, flat], "C2", operand: 1,
      "reluGradient needs two tensors of the same shape; got f32[N, 8, 5, 5] and f32[N, 512]"),
    ConstraintCase(
      ClipGradient(low: 1, high: 0), [batched, batched], "C3", "clipGradient needs low <= high; got 1.0 and 0.0"),
    ConstraintCase(
      PReLUGradient(), [batched, flat, fixed(8)], "C2", operand: 1,
      "preluGradient needs an x of type f32[N, 8, 5, 5]; got f32[N, 512]"),
    ConstraintCase(
      PReLUGradient(), [batched, batched, fixed(5)], "C3", operand: 2,
      "preluGradient needs a slope of type f32[8]; got f32[5]"),
    ConstraintCase(
      SoftmaxGradient(), [flat, wide], "C2", operand: 1,
      "softmaxGradient needs a y of type f32[N, 512]; got f32[N, 10]"),
    ConstraintCase(
      BatchNormGradient(), [batched, flat, fixed(8), fixed(8), fixed(8)], "C2", operand: 1,
      "batchNormGradient needs an x of type f32[N, 8, 5, 5]; got f32[N, 512]"),
    ConstraintCase(
      BatchNormGradient(), [batched, batched, fixed(8), fixed(7), fixed(8)], "C3", operand: 3,
      "batchNormGradient needs a mean of type f32[8]; got f32[7]"),
    ConstraintCase(
      BatchNormGradient(epsilon: 0), [batched, batched, fixed(8), fixed(8), fixed(8)], "C4",
      "batchNormGradient needs a positive epsilon; got 0.0"),
    ConstraintCase(
      BatchNormGradient(hasResidual: true), [batched, batched, fixed(8), fixed(8), fixed(8), flat], "C5", operand: 5,
      "batchNormGradient needs a residual of type f32[N, 8, 5, 5]; got f32[N, 512]"),
    ConstraintCase(
      BatchNormGradient(mask: .norm), [batched, batched, fixed(8), fixed(8), fixed(8), fixed(7)], "C6", operand: 5,
      "batchNormGradient needs a bias of type f32[8]; got f32[7]"),
    ConstraintCase(
      BatchNormGradient(hasResidual: true, mask: .result),
      [batched, batched, fixed(8), fixed(8), fixed(8), batched, flat], "C6", operand: 6,
      "batchNormGradient needs the result of a ReLU of type f32[N, 8, 5, 5]; got f32[N, 512]"),
    ConstraintCase(
      Slice(start: [0], size: [1]), [fixed(8)], "C1", operand: 0,
      "slice needs an input [N, C] or [N, C, H, W]; got f32[8]"),
    ConstraintCase(
      Slice(start: [0], size: [1]), [batched], "C2",
      "slice of f32[N, 8, 5, 5] needs 3 numbers each; got a start [0] and a size [1]"),
    ConstraintCase(
      Slice(start: [.max], size: [1]), [flat], "C3", operand: 0,
      "slice reaches beyond f32[N, 512]: it starts at [9223372036854775807] and has a size of [1]"),
    ConstraintCase(
      Spread(size: Extent2D(5), stride: Extent2D(0)), [batched], "C2",
      "spread needs a stride of 1 to 2^28; got [0, 0]"),
    ConstraintCase(
      Spread(size: Extent2D(11), stride: Extent2D(2)), [batched], "C3", operand: 0,
      "spread needs an input of type f32[N, 8, 6, 6]; got f32[N, 8, 5, 5]"),
    ConstraintCase(
      Unflatten(shape: [2, .max]), [flat], "C2", operand: 0,
      "unflatten makes no [2, 9223372036854775807] of f32[N, 512]"),
  ]

  static let losses = [
    ConstraintCase(
      SoftmaxCrossEntropy(), [batched, labels], "C1", operand: 0,
      "softmaxCrossEntropy needs a tensor of rank 2, [N, C]; got f32[N, 8, 5, 5]"),
    ConstraintCase(
      SoftmaxCrossEntropy(), [flat, wide], "C2", operand: 1,
      "softmaxCrossEntropy needs labels of type i32[N]; got f32[N, 10]"),
    ConstraintCase(
      SoftmaxCrossEntropy(smoothing: 1), [flat, labels], "C3",
      "softmaxCrossEntropy needs a smoothing of at least 0 and less than 1; got 1.0"),
    ConstraintCase(
      SoftmaxCrossEntropyGradient(), [flat, labels, fixed(1)], "C4", operand: 2,
      "softmaxCrossEntropyGradient needs a dloss of type f32[]; got f32[1]"),
    ConstraintCase(
      ChannelSum(), [scalar], "C1", operand: 0, "channelSum needs an input [N, C] or [N, C, H, W]; got f32[]"),
    ConstraintCase(
      BatchStatistics(), [labels], "C1", operand: 0, "batchStatistics computes on f32; got i32[N]"),
    ConstraintCase(
      RunningAverage(momentum: 2), [fixed(8), fixed(8)], "C3",
      "runningAverage needs a momentum between 0 and 1; got 2.0"),
    ConstraintCase(
      SGD(momentum: 0), [labels, labels, labels, scalar], "C1", operand: 0, "sgd computes on f32; got i32[N]"),
    ConstraintCase(
      SGD(momentum: 0), [fixed(8), fixed(8), fixed(7), scalar], "C2", operand: 2,
      "sgd needs a momentum of type f32[8]; got f32[7]"),
    ConstraintCase(
      SGD(momentum: 0), [fixed(8), fixed(8), fixed(8), fixed(8)], "C3", operand: 3,
      "sgd needs a learning rate of type f32[]; got f32[8]"),
    ConstraintCase(
      SGD(momentum: 1, decay: -1), [fixed(8), fixed(8), fixed(8), scalar], "C4",
      "sgd needs a momentum of at least 0 and less than 1, and a decay of at least 0; got 1.0 and -1.0"),
    ConstraintCase(
      RandomDropout(rate: 1, salt: 0), [flat, TensorType(.i32, [])], "C2",
      "randomDropout needs a rate of at least 0 and less than 1; got 1.0"),
    ConstraintCase(
      RandomDropout(rate: 0, salt: 0), [flat, labels], "C3", operand: 1,
      "randomDropout needs a seed of type i32[]; got i32[N]"),
    ConstraintCase(
      RandomDropout(rate: 0, salt: -1), [flat, TensorType(.i32, [])], "C4",
      "randomDropout needs a salt of 0 to 2^31 - 1; got -1"),
    ConstraintCase(Fill(.nan), [], "C1", "fill needs a finite value; got nan"),
    ConstraintCase(Fill(1, shape: [0]), [], "C2", "fill needs a shape of extents of 1 to 2^28; got [0]"),
  ]
}
