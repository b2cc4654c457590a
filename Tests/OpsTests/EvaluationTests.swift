import Foundation
import GraphIR
import Ops
import Reference
import Tensors
import Testing

/// An op, its operands, and the results as worked out by hand.
struct EvaluationCase: Sendable, CustomTestStringConvertible {
  var op: any Op
  var operands: [Tensor]
  /// Which operands are of i32.
  var integers: Set<Int>
  var expected: [Tensor]

  init(_ op: any Op, _ operands: [Tensor], integers: Set<Int> = [], _ expected: Tensor...) {
    self.op = op
    self.operands = operands
    self.integers = integers
    self.expected = expected
  }

  var testDescription: String { "\(type(of: op).mnemonic) \(op.attributes)" }
}

struct EvaluationTests {
  @Test(arguments: elementwise + perChannel + pools + rearrangements + training)
  func evaluation(_ sample: EvaluationCase) throws {
    let types = sample.operands.enumerated().map { index, operand in
      TensorType(sample.integers.contains(index) ? .i32 : .f32, Shape(fixed: operand.dimensions))
    }
    let resultTypes = try sample.op.resultTypes(types)
    #expect(resultTypes == sample.expected.map { TensorType(.f32, Shape(fixed: $0.dimensions)) })

    let results = sample.op.evaluate(sample.operands, gemm: OpenBLAS())
    #expect(results.map(\.dimensions) == sample.expected.map(\.dimensions))
    for (result, expected) in zip(results, sample.expected) {
      for (got, expected) in zip(result.elements, expected.elements) {
        #expect(abs(got - expected) < 1e-12 || got == expected || got.isNaN && expected.isNaN)
      }
    }
  }

  static func row(_ elements: Double...) -> Tensor { Tensor([1, elements.count], elements) }

  static func vector(_ elements: Double...) -> Tensor { Tensor([elements.count], elements) }

  /// One feature map of the numbers from 1 on.
  static func map(_ rows: Int, _ columns: Int) -> Tensor {
    Tensor([1, 1, rows, columns], (1...rows * columns).map(Double.init))
  }

  static func map(_ rows: Int, _ columns: Int, _ elements: [Double]) -> Tensor {
    Tensor([1, 1, rows, columns], elements)
  }

  private static let signs = row(-2, -0.5, 0, 0.5, 2)

  static let elementwise = [
    EvaluationCase(ReLU(), [signs], row(0, 0, 0, 0.5, 2)),
    EvaluationCase(Clip(low: -1, high: 0.25), [signs], row(-1, -0.5, 0, 0.25, 0.25)),
    EvaluationCase(Clip(low: 0, high: .infinity), [signs], row(0, 0, 0, 0.5, 2)),
    EvaluationCase(Affine(scale: 2, shift: -1), [signs], row(-5, -2, -1, 0, 3)),
    EvaluationCase(Sigmoid(), [row(0, log(3), -log(3))], row(0.5, 0.75, 0.25)),
    EvaluationCase(Tanh(), [row(0, log(2))], row(0, 0.6)),
    EvaluationCase(Exp(), [row(0, log(2), -.infinity)], row(1, 2, 0)),
    EvaluationCase(Dropout(rate: 0.9), [signs], signs),
    EvaluationCase(Add(), [row(1, 2), row(10, -20)], row(11, -18)),
    EvaluationCase(Subtract(), [row(1, 2), row(10, -20)], row(-9, 22)),
    EvaluationCase(Multiply(), [row(1, 2), row(10, -20)], row(10, -40)),
    EvaluationCase(Divide(), [row(1, 2), row(10, -20)], row(0.1, -0.1)),
    EvaluationCase(Maximum(), [row(1, 2), row(10, -20)], row(10, 2)),
    EvaluationCase(Minimum(), [row(1, 2), row(10, -20)], row(1, -20)),
  ]

  static let perChannel = [
    EvaluationCase(
      PReLU(), [Tensor([1, 2, 1, 2], [-4, 4, -4, 4]), vector(0.25, -1)], Tensor([1, 2, 1, 2], [-1, 4, 4, 4])),
    EvaluationCase(PReLU(), [Tensor([2, 2], [-4, -4, 4, 4]), vector(0.5, 0)], Tensor([2, 2], [-2, 0, 4, 4])),
    EvaluationCase(
      BatchNorm(epsilon: 0.5),
      [Tensor([1, 2, 1, 2], [1, 2, 3, 4]), vector(2, 1), vector(0, 5), vector(1, 4), vector(3.5, 0.5)],
      Tensor([1, 2, 1, 2], [0, 1, 4, 5])),
    EvaluationCase(
      FilterScaling(epsilon: 0.5), [Tensor([2, 1, 1, 2], [1, 2, 3, 4]), vector(2, 3), vector(3.5, 0.5)],
      Tensor([2, 1, 1, 2], [1, 2, 9, 12])),
    EvaluationCase(
      FoldedBias(epsilon: 0.5, hasBias: false), [vector(2, 3), vector(10, 20), vector(1, 2), vector(3.5, 0.5)],
      vector(9, 14)),
    EvaluationCase(
      FoldedBias(epsilon: 0.5, hasBias: true),
      [vector(2, 3), vector(10, 20), vector(1, 2), vector(3.5, 0.5), vector(5, 0)], vector(14, 14)),
    EvaluationCase(
      Linear(), [row(1, 2), Tensor([3, 2], [1, 0, 0, 1, 1, 1]), vector(0.5, 0, 0)], row(1.5, 2, 3)),
    EvaluationCase(
      Linear(hasBias: false), [Tensor([2, 1], [3, -3]), Tensor([1, 1], [2])], Tensor([2, 1], [6, -6])),
    EvaluationCase(Softmax(), [row(0, log(3))], row(0.25, 0.75)),
    EvaluationCase(Softmax(), [row(1000, 1000)], row(0.5, 0.5)),
    EvaluationCase(Softmax(), [Tensor([2, 1], [-7, 7])], Tensor([2, 1], [1, 1])),
  ]

  static func pooling(
    _ kernel: Int, stride: Int? = nil, padding: Int = 0, ceil: Bool = false
  ) -> Pooling {
    Pooling(
      kernel: Extent2D(kernel), stride: Extent2D(stride ?? kernel), padding: Padding2D(symmetric: [padding, padding]),
      ceil: ceil)
  }

  static let pools = [
    EvaluationCase(MaxPool2D(pooling(2)), [map(3, 4)], map(1, 2, [6, 8])),
    EvaluationCase(MaxPool2D(pooling(2, ceil: true)), [map(3, 3)], map(2, 2, [5, 6, 8, 9])),
    EvaluationCase(MaxPool2D(pooling(3, stride: 2, ceil: true)), [map(4, 4)], map(2, 2, [11, 12, 15, 16])),
    // Padding never wins, even against negative numbers.
    EvaluationCase(MaxPool2D(pooling(3, stride: 2, padding: 1)), [map(2, 2, [-4, -3, -2, -1])], map(1, 1, [-1])),
    EvaluationCase(AveragePool2D(pooling(2, ceil: true)), [map(3, 3)], map(2, 2, [3, 4.5, 7.5, 9])),
    EvaluationCase(
      AveragePool2D(pooling(3, stride: 2, padding: 1)), [map(3, 3)], map(2, 2, [12 / 9, 16 / 9, 24 / 9, 28 / 9])),
    EvaluationCase(
      AveragePool2D(pooling(3, stride: 2, padding: 1), countPadding: false), [map(3, 3)], map(2, 2, [3, 4, 6, 7])),
    // A third window would begin on the padding behind the input, and so is dropped although `ceil` asks for it.
    EvaluationCase(
      AveragePool2D(pooling(2, padding: 1, ceil: true)), [map(3, 3)], map(2, 2, [0.25, 1.25, 2.75, 7])),
    // A window that hangs over counts its padding, but not what is beyond.
    EvaluationCase(
      AveragePool2D(pooling(3, stride: 2, padding: 1, ceil: true)), [map(4, 4)],
      map(3, 3, [14 / 9, 30 / 9, 12 / 6, 57 / 9, 99 / 9, 36 / 6, 27 / 6, 45 / 6, 16 / 4])),
    EvaluationCase(GlobalAveragePool(), [Tensor([1, 2, 1, 2], [1, 2, -3, 5])], row(1.5, 1)),
    EvaluationCase(AdaptiveAveragePool(size: Extent2D([1, 3])), [map(1, 5)], map(1, 3, [1.5, 3, 4.5])),
    EvaluationCase(AdaptiveMaxPool(size: Extent2D([1, 3])), [map(1, 5)], map(1, 3, [2, 4, 5])),
    EvaluationCase(AdaptiveAveragePool(size: Extent2D([3, 1])), [map(2, 1)], map(3, 1, [1, 1.5, 2])),
    EvaluationCase(Subsample(stride: Extent2D([2, 3])), [map(3, 4)], map(2, 2, [1, 4, 9, 12])),
  ]

  static let rearrangements = [
    EvaluationCase(
      Pad2D(Padding2D(top: 1, left: 0, bottom: 0, right: 2)), [map(1, 2)], map(2, 4, [0, 0, 0, 0, 1, 2, 0, 0])),
    EvaluationCase(
      PadChannels(front: 1, behind: 2), [Tensor([2, 1, 1, 1], [5, 7])], Tensor([2, 4, 1, 1], [0, 5, 0, 0, 0, 7, 0, 0])),
    EvaluationCase(
      Concat(), [Tensor([2, 1], [1, 2]), Tensor([2, 2], [3, 4, 5, 6])], Tensor([2, 3], [1, 3, 4, 2, 5, 6])),
    EvaluationCase(Flatten(), [Tensor([1, 2, 1, 2], [1, 2, 3, 4])], row(1, 2, 3, 4)),
    EvaluationCase(
      Conv2D(padding: Padding2D(symmetric: [1, 1])), [map(2, 2), Tensor([1, 1, 3, 3], repeating: 1)],
      map(2, 2, [10, 10, 10, 10])),
  ]
}
