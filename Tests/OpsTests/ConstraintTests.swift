import GraphIR
import Ops
import Tensors
import TestSupport
import Testing

/// An op on operands that break one of its constraints, and what it must say.
struct ConstraintCase: Sendable, CustomTestStringConvertible {
  var op: any Op
  var operands: [TensorType]
  var constraint: String?
  var operand: Int?
  var message: String

  init(_ op: any Op, _ operands: [TensorType], _ constraint: String?, operand: Int? = nil, _ message: String) {
    self.op = op
    self.operands = operands
    self.constraint = constraint
    self.operand = operand
    self.message = message
  }

  var testDescription: String { "\(type(of: op).mnemonic) \(constraint ?? "")" }
}

struct ConstraintTests {
  @Test(arguments: convolution + pools + featureMaps + elementwise + matrices + folding + gradients + losses)
  func constraint(_ sample: ConstraintCase) {
    let error = #expect(throws: OpError.self) { try sample.op.resultTypes(sample.operands) }
    #expect(error?.message == sample.message)
    #expect(error?.constraint == sample.constraint)
    #expect(error?.operand == sample.operand)
  }

  @Test func workIsBounded() throws {
    let operands = [Self.maps(1 << 14, 1 << 6, 1 << 6), Self.fixed(1 << 14, 1 << 14, 1, 1)]
    #expect(try Conv2D().checkedResultTypes(operands) == [operands[0]])
    let larger = [Self.maps(1 << 15, 1 << 7, 1 << 8), Self.fixed(1 << 15, 1 << 15, 1, 1)]
    #expect(throws: OpError("this conv takes more than 2^44 multiply-adds an image")) {
      try Conv2D().checkedResultTypes(larger)
    }
  }

  // MARK: Types

  static let batched: TensorType = maps(8, 5, 5)
  static let flat = TensorType(.f32, [.batch, 512])
  static let integers = TensorType(.i32, [.batch, 8, 5, 5])

  static func maps(_ channels: Int, _ rows: Int, _ columns: Int) -> TensorType {
    TensorType(.f32, [.batch, .fixed(channels), .fixed(rows), .fixed(columns)])
  }

  static func fixed(_ extents: Int...) -> TensorType { TensorType(.f32, Shape(fixed: extents)) }

  static let filter = fixed(16, 8, 3, 3)

  // MARK: Cases

  static let convolution = [
    ConstraintCase(Conv2D(), [batched], nil, "conv takes 2 operands; got 1"),
    ConstraintCase(
      Conv2D(), [flat, filter], "C1", operand: 0, "conv needs an input of rank 4, [N, C, H, W]; got f32[N, 512]"),
    ConstraintCase(
      Conv2D(), [integers, filter], "C1", operand: 0, "conv computes on f32; got i32[N, 8, 5, 5]"),
    ConstraintCase(
      Conv2D(), [batched, fixed(16, 8)], "C2", operand: 1,
      "conv needs an f32 weight of rank 4, [O, I / groups, KH, KW]; got f32[16, 8]"),
    ConstraintCase(
      Conv2D(), [batched, fixed(16, 4, 3, 3)], "C2", operand: 1,
      "conv of 8 channels in 1 group needs a weight of [O, 8, KH, KW]; got f32[16, 4, 3, 3]"),
    ConstraintCase(
      Conv2D(groups: 4), [batched, filter], "C2", operand: 1,
      "conv of 8 channels in 4 groups needs a weight of [O, 2, KH, KW]; got f32[16, 8, 3, 3]"),
    ConstraintCase(Conv2D(groups: 0), [batched, filter], "C3", "conv needs at least 1 group; got 0"),
    ConstraintCase(
      Conv2D(groups: 3), [batched, filter], "C3", operand: 0, "conv cannot split 8 input channels into 3 groups"),
    ConstraintCase(
      Conv2D(groups: 8), [batched, fixed(12, 1, 3, 3)], "C3",
      "conv cannot split 12 output channels into 8 groups"),
    ConstraintCase(
      Conv2D(stride: Extent2D([0, 1])), [batched, filter], "C4", "conv needs a stride of 1 to 2^28; got [0, 1]"),
    ConstraintCase(
      Conv2D(dilation: Extent2D([1, .max])), [batched, filter], "C4",
      "conv needs a dilation of 1 to 2^28; got [1, 9223372036854775807]"),
    ConstraintCase(
      Conv2D(padding: Padding2D([0, -1, 0, 0])), [batched, filter], "C4",
      "conv needs a padding of 0 to 2^28; got [0, -1, 0, 0]"),
    ConstraintCase(
      Conv2D(dilation: Extent2D(3)), [batched, filter], "C5", operand: 0,
      "conv has a kernel of [7, 7], larger than its padded input of [5, 5]"),
    ConstraintCase(
      Conv2D(hasBias: true), [batched, filter, fixed(8)], "C6", operand: 2,
      "conv needs a bias of type f32[16]; got f32[8]"),
    ConstraintCase(
      Conv2D(hasBias: true, hasResidual: true), [batched, filter, fixed(16), batched], "C7", operand: 3,
      "conv needs a residual of type f32[N, 16, 3, 3]; got f32[N, 8, 5, 5]"),
    ConstraintCase(
      Conv2D(activation: .prelu), [batched, filter, fixed(1)], "C8", operand: 2,
      "conv needs a slope of type f32[16]; got f32[1]"),
    ConstraintCase(
      Conv2D(activation: .clip(low: 1, high: 0)), [batched, filter], "C8",
      "conv needs low <= high; got 1.0 and 0.0"),
  ]

  static let pools = [
    ConstraintCase(
      MaxPool2D(Pooling(kernel: Extent2D(2), stride: Extent2D(2))), [flat], "C1", operand: 0,
      "maxPool needs an input of rank 4, [N, C, H, W]; got f32[N, 512]"),
    ConstraintCase(
      MaxPool2D(Pooling(kernel: Extent2D(0), stride: Extent2D(1))), [batched], "C2",
      "maxPool needs a kernel of 1 to 2^28; got [0, 0]"),
    ConstraintCase(
      MaxPool2D(Pooling(kernel: Extent2D(2), stride: Extent2D(-1))), [batched], "C2",
      "maxPool needs a stride of 1 to 2^28; got [-1, -1]"),
    ConstraintCase(
      AveragePool2D(Pooling(kernel: Extent2D(3), stride: Extent2D(1), padding: Padding2D([0, 0, 2, 0]))), [batched],
      "C2", "averagePool needs a padding of at most half its kernel of [3, 3]; got [0, 0, 2, 0]"),
    ConstraintCase(
      AveragePool2D(Pooling(kernel: Extent2D(6), stride: Extent2D(1))), [batched], "C3", operand: 0,
      "averagePool has a kernel of [6, 6], larger than its padded input of [5, 5]"),
    ConstraintCase(
      GlobalAveragePool(), [flat], "C1", operand: 0,
      "globalAveragePool needs an input of rank 4, [N, C, H, W]; got f32[N, 512]"),
    ConstraintCase(
      AdaptiveAveragePool(size: Extent2D(2)), [flat], "C1", operand: 0,
      "adaptiveAveragePool needs an input of rank 4, [N, C, H, W]; got f32[N, 512]"),
    ConstraintCase(
      AdaptiveMaxPool(size: Extent2D([2, 0])), [batched], "C2",
      "adaptiveMaxPool needs a size of 1 to 2^28; got [2, 0]"),
  ]

  static let featureMaps = [
    ConstraintCase(
      BatchNorm(), [fixed(8), fixed(8), fixed(8), fixed(8), fixed(8)], "C1", operand: 0,
      "batchNorm needs an input [N, C] or [N, C, H, W]; got f32[8]"),
    ConstraintCase(
      BatchNorm(), [batched, fixed(8), fixed(8), fixed(7), fixed(8)], "C2", operand: 3,
      "batchNorm needs a mean of type f32[8]; got f32[7]"),
    ConstraintCase(
      BatchNorm(epsilon: 0), [batched, fixed(8), fixed(8), fixed(8), fixed(8)], "C3",
      "batchNorm needs a positive epsilon; got 0.0"),
    ConstraintCase(
      BatchNorm(momentum: .nan), [batched, fixed(8), fixed(8), fixed(8), fixed(8)], "C3",
      "batchNorm needs a momentum between 0 and 1; got nan"),
    ConstraintCase(
      PReLU(), [fixed(8), fixed(8)], "C1", operand: 0, "prelu needs an input [N, C] or [N, C, H, W]; got f32[8]"),
    ConstraintCase(
      PReLU(), [batched, fixed(1)], "C2", operand: 1, "prelu needs a slope of type f32[8]; got f32[1]"),
    ConstraintCase(
      PadChannels(front: -1, behind: 0), [batched], "C2", "padChannels needs counts of 0 to 2^28; got -1 and 0"),
    ConstraintCase(
      PadChannels(front: 0, behind: 0), [flat], "C1", operand: 0,
      "padChannels needs an input of rank 4, [N, C, H, W]; got f32[N, 512]"),
    ConstraintCase(
      Subsample(stride: Extent2D(0)), [batched], "C2", "subsample needs a stride of 1 to 2^28; got [0, 0]"),
    ConstraintCase(
      Subsample(stride: Extent2D(1)), [integers], "C1", operand: 0, "subsample computes on f32; got i32[N, 8, 5, 5]"),
    ConstraintCase(
      Pad2D(.zero), [flat], "C1", operand: 0, "pad needs an input of rank 4, [N, C, H, W]; got f32[N, 512]"),
    ConstraintCase(
      Pad2D(Padding2D([0, 0, 0, .min])), [batched], "C2",
      "pad needs a padding of 0 to 2^28; got [0, 0, 0, -9223372036854775808]"),
  ]

  static let elementwise = [
    ConstraintCase(ReLU(), [], nil, "relu takes 1 operand; got 0"),
    ConstraintCase(ReLU(), [integers], "C1", operand: 0, "relu computes on f32; got i32[N, 8, 5, 5]"),
    ConstraintCase(Add(), [batched, integers], "C1", operand: 1, "add computes on f32; got i32[N, 8, 5, 5]"),
    ConstraintCase(
      Add(), [batched, flat], "C2", operand: 1,
      "add needs two tensors of the same shape; got f32[N, 8, 5, 5] and f32[N, 512]"),
    ConstraintCase(Clip(low: .nan, high: 1), [batched], "C2", "clip needs low <= high; got nan and 1.0"),
    ConstraintCase(
      Affine(scale: .infinity, shift: 0), [batched], "C2", "affine needs a finite scale and shift; got inf and 0.0"),
    ConstraintCase(
      Dropout(rate: 1), [batched], "C2", "dropout needs a rate of at least 0 and less than 1; got 1.0"),
  ]

  static let matrices = [
    ConstraintCase(
      Linear(hasBias: false), [batched, fixed(10, 8)], "C1", operand: 0,
      "linear needs an input of rank 2, [N, I]; got f32[N, 8, 5, 5] (flatten or pool it first)"),
    ConstraintCase(
      Linear(hasBias: false), [flat, fixed(10, 8)], "C2", operand: 1,
      "linear of 512 features needs a weight of [O, 512]; got f32[10, 8]"),
    ConstraintCase(
      Linear(), [flat, fixed(10, 512), fixed(512)], "C3", operand: 2,
      "linear needs a bias of type f32[10]; got f32[512]"),
    ConstraintCase(
      Softmax(), [batched], "C1", operand: 0, "softmax needs an input of rank 2, [N, C]; got f32[N, 8, 5, 5]"),
    ConstraintCase(
      Flatten(), [fixed(5)], "C1", operand: 0, "flatten needs an input of rank 2 or more, [N, ...]; got f32[5]"),
    ConstraintCase(Concat(), [], "C1", "concat needs at least one tensor"),
    ConstraintCase(
      Concat(), [batched, fixed(5)], "C1", operand: 1, "concat needs an input [N, C] or [N, C, H, W]; got f32[5]"),
    ConstraintCase(
      Concat(), [batched, maps(8, 5, 6)], "C2", operand: 1,
      "concat needs tensors that agree in all dimensions but channels; got f32[N, 8, 5, 5] and f32[N, 8, 5, 6]"),
  ]

  static let folding = [
    ConstraintCase(
      FilterScaling(epsilon: 1e-5), [batched, fixed(8), fixed(8)], "C1", operand: 0,
      "filterScaling needs a weight [O, ...]; got f32[N, 8, 5, 5]"),
    ConstraintCase(
      FilterScaling(epsilon: 1e-5), [filter, fixed(16), fixed(8)], "C2", operand: 2,
      "filterScaling needs a variance of type f32[16]; got f32[8]"),
    ConstraintCase(
      FilterScaling(epsilon: -1), [filter, fixed(16), fixed(16)], "C3",
      "filterScaling needs a positive epsilon; got -1.0"),
    ConstraintCase(
      FoldedBias(epsilon: 1e-5, hasBias: false), [filter, filter, filter, filter], "C1", operand: 0,
      "foldedBias needs a gamma [O]; got f32[16, 8, 3, 3]"),
    ConstraintCase(
      FoldedBias(epsilon: 1e-5, hasBias: true), [fixed(8), fixed(8), fixed(8), fixed(8), fixed(4)], "C2", operand: 4,
      "foldedBias needs a bias of type f32[8]; got f32[4]"),
    ConstraintCase(
      FoldedBias(epsilon: .infinity, hasBias: false), [fixed(8), fixed(8), fixed(8), fixed(8)], "C3",
      "foldedBias needs a positive epsilon; got inf"),
  ]
}
