import Foundation
import Ops
import Tensors

/// Ops that only training makes.
extension EvaluationTests {
  private static func scalar(_ value: Double) -> Tensor { Tensor([], [value]) }

  private static let third = log(3.0)

  static let training =
    gradients + [
      EvaluationCase(
        Slice(start: [1], size: [2]), [Tensor([2, 3], [1, 2, 3, 4, 5, 6])], Tensor([2, 2], [2, 3, 5, 6])),
      EvaluationCase(
        Slice(start: [1, 0, 1], size: [1, 2, 1]), [Tensor([1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8])],
        Tensor([1, 1, 2, 1], [6, 8])),
      EvaluationCase(
        Spread(size: Extent2D([3, 4]), stride: Extent2D([2, 3])), [map(2, 2)],
        map(3, 4, [1, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 4])),
      EvaluationCase(Unflatten(shape: [2, 1, 2]), [row(1, 2, 3, 4)], Tensor([1, 2, 1, 2], [1, 2, 3, 4])),
      EvaluationCase(Fill(3, shape: [2]), [], vector(3, 3)),
      EvaluationCase(Fill(0.5), [], scalar(0.5)),
      EvaluationCase(ChannelSum(), [Tensor([2, 2, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8])], vector(14, 22)),
      EvaluationCase(
        BatchStatistics(), [Tensor([2, 2], [1, 10, 5, 10])], vector(3, 10), vector(4, 0), vector(8, 0)),
      EvaluationCase(BatchStatistics(), [Tensor([1, 1], [7])], vector(7), vector(0), vector(0)),
      EvaluationCase(RunningAverage(momentum: 0.25), [vector(4, 8), vector(8, 0)], vector(5, 6)),
      EvaluationCase(
        SGD(momentum: 0.5, decay: 0.25), [vector(4), vector(3), vector(2), scalar(0.5)], vector(1.5), vector(5)),
      EvaluationCase(
        SGD(momentum: 0.5, decay: 0.25, nesterov: true), [vector(4), vector(3), vector(2), scalar(0.5)],
        vector(0.75), vector(5)),
      // Probabilities 1/4 and 3/4, then 1/2 each.
      EvaluationCase(
        SoftmaxCrossEntropy(), [Tensor([2, 2], [0, third, 5, 5]), vector(1, 0)], integers: [1],
        scalar((log(4 / 3) + log(2)) / 2)),
      EvaluationCase(
        SoftmaxCrossEntropy(smoothing: 0.5), [row(0, third), vector(1)], integers: [1],
        scalar(0.75 * log(4 / 3) + 0.25 * log(4))),
      EvaluationCase(SoftmaxCrossEntropy(), [row(0, 0), vector(2)], integers: [1], scalar(.nan)),
      EvaluationCase(
        SoftmaxCrossEntropyGradient(), [Tensor([2, 2], [0, third, 5, 5]), vector(1, 0), scalar(4)], integers: [1],
        Tensor([2, 2], [0.5, -0.5, -1, 1])),
      EvaluationCase(
        SoftmaxCrossEntropyGradient(smoothing: 0.5), [row(0, third), vector(0), scalar(1)], integers: [1],
        row(-0.5, 0.5)),
      EvaluationCase(RandomDropout(rate: 0, salt: 1), [row(1, 2), scalar(7)], integers: [1], row(1, 2)),
    ]

  private static let gradients = [
    EvaluationCase(ReLUGradient(), [row(1, 2, 3), row(-1, 0, 1)], row(0, 0, 3)),
    EvaluationCase(ClipGradient(low: -1, high: 1), [row(1, 2, 3, 4), row(-2, -0.5, 0.5, 2)], row(0, 2, 3, 0)),
    EvaluationCase(
      PReLUGradient(), [Tensor([1, 2, 1, 2], [1, 2, 3, 4]), Tensor([1, 2, 1, 2], [-1, 1, -1, 0]), vector(0.5, -1)],
      Tensor([1, 2, 1, 2], [0.5, 2, -3, -4])),
    EvaluationCase(SoftmaxGradient(), [row(1, 3), row(0.25, 0.75)], row(-0.375, 0.375)),
    // The larger of two overlapping windows' shares, and the first of equal elements.
    EvaluationCase(
      MaxPoolGradient(pooling(2, stride: 1)), [map(1, 2, [1, 2]), map(2, 3, [0, 5, 0, 5, 0, 0])],
      map(2, 3, [0, 3, 0, 0, 0, 0])),
    EvaluationCase(
      AveragePoolGradient(size: Extent2D([2, 3]), pooling(2, stride: 1)), [map(1, 2, [4, 8])],
      map(2, 3, [1, 3, 2, 1, 3, 2])),
    EvaluationCase(
      AveragePoolGradient(size: Extent2D(1), pooling(3, padding: 1), countPadding: false), [map(1, 1, [9])],
      map(1, 1, [9])),
    EvaluationCase(
      AveragePoolGradient(size: Extent2D(1), pooling(3, padding: 1)), [map(1, 1, [9])], map(1, 1, [1])),
    EvaluationCase(
      GlobalAveragePoolGradient(size: Extent2D([1, 2])), [row(4, 6)], Tensor([1, 2, 1, 2], [2, 2, 3, 3])),
    EvaluationCase(
      AdaptiveAveragePoolGradient(size: Extent2D([1, 3])), [map(1, 2, [2, 4])], map(1, 3, [1, 3, 2])),
    EvaluationCase(
      AdaptiveMaxPoolGradient(), [map(1, 2, [2, 4]), map(1, 3, [1, 7, 5])], map(1, 3, [0, 6, 0])),
    EvaluationCase(
      LinearInputGradient(), [row(1, 2), Tensor([2, 3], [1, 0, 2, 0, 1, 3])], row(1, 2, 8)),
    EvaluationCase(
      LinearWeightGradient(), [Tensor([2, 2], [1, 2, 3, 4]), Tensor([2, 1], [1, 10])], Tensor([1, 2], [31, 42])),
    EvaluationCase(
      ConvInputGradient(size: Extent2D([1, 3]), ConvolutionGeometry(stride: Extent2D([1, 2]))),
      [map(1, 2, [1, 10]), Tensor([1, 1, 1, 1], [3])], map(1, 3, [3, 0, 30])),
    EvaluationCase(
      ConvWeightGradient(kernel: Extent2D([1, 2]), ConvolutionGeometry()), [map(1, 3), map(1, 2, [1, 10])],
      map(1, 2, [21, 32])),
    // Two images of one channel, normalised to 0 and 2.
    EvaluationCase(
      BatchNormGradient(epsilon: 1),
      [Tensor([2, 1], [3, 5]), Tensor([2, 1], [0, 4]), vector(6), vector(0), vector(3)],
      Tensor([2, 1], [-3, -27]), vector(10), vector(8)),
    // The same 3 and 5, of 1 + 2 and 4 + 1, and once more with what a ReLU stops: at 6 n - 6, and at -1.
    EvaluationCase(
      BatchNormGradient(epsilon: 1, hasResidual: true, givesGradient: true),
      [Tensor([2, 1], [1, 4]), Tensor([2, 1], [0, 4]), vector(6), vector(0), vector(3), Tensor([2, 1], [2, 1])],
      Tensor([2, 1], [-3, -27]), vector(10), vector(8), Tensor([2, 1], [3, 5])),
    EvaluationCase(
      BatchNormGradient(epsilon: 1, mask: .norm, givesGradient: true),
      [Tensor([2, 1], [3, 5]), Tensor([2, 1], [0, 4]), vector(6), vector(0), vector(3), vector(-6)],
      Tensor([2, 1], [-7.5, -22.5]), vector(10), vector(5), Tensor([2, 1], [0, 5])),
    EvaluationCase(
      BatchNormGradient(epsilon: 1, mask: .result),
      [Tensor([2, 1], [3, 5]), Tensor([2, 1], [0, 4]), vector(6), vector(0), vector(3), Tensor([2, 1], [-1, 1])],
      Tensor([2, 1], [-7.5, -22.5]), vector(10), vector(5)),
  ]
}
