import LoopIR

/// Soft-max cross-entropy of each image's logits with its label, and its gradient. An image's target is 1 - smoothing at
/// its label and smoothing / C more at every class; a label that is no class makes NaN.
///
/// Logits are plain vectors, labels i32.
package struct SoftmaxCrossEntropyKernel: Hashable, Sendable {
  package var classes: Int
  package var smoothing: Double
  package var lanes: Int

  package init(classes: Int, smoothing: Double, lanes: Int) {
    self.classes = classes
    self.smoothing = smoothing
    self.lanes = lanes
  }

  /// The losses of the images; one chunk is one image. Operands: logits, labels, losses (f64, one an image).
  package func lossKernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let row = Row(self, in: &builder)
    let losses = builder.buffer("losses", .f64, .write)
    let zero = Expression.constant(0, .f32(lanes))
    let label = row.label(in: &builder)
    let powers = row.powers(in: &builder)
    // The target's logits, in two parts: that of the label, and the sum of all.
    let own = builder.register(zero)
    let all = builder.register(zero)
    row.sweep(in: &builder) { builder, first, value in
      let shifted = builder.bind(value - powers.shift)
      let matches = Expression.compare(.equal, row.classes(from: first, in: &builder), label.vector)
      builder.assign(own, .register(own) + .select(matches, shifted, zero))
      builder.assign(all, .register(all) + row.real(shifted, from: first))
    }
    func total(_ register: Register) -> Expression { .convert(.reduce(.add, .register(register)), to: .f64) }
    let ofTarget =
      total(own) * .constant(1 - smoothing, ValueType(.f64))
      + total(all) * .constant(smoothing / Double(classes), ValueType(.f64))
    let logarithm = logarithm(.convert(powers.sum, to: .f64), in: &builder)
    let loss = Expression.select(label.isClass, logarithm - ofTarget, .constant(.nan, ValueType(.f64)))
    builder.store(loss, to: losses, at: .chunk)
    return builder.kernel(named: name)
  }

  /// The mean of the images' losses, added up in their order; one chunk, whatever the batch. Operands: losses, output (one
  /// f32).
  package func meanKernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let losses = builder.buffer("losses", .f64, .read)
    let output = builder.buffer("output", .f32, .write, alignment: 4)
    let sum = builder.register(.constant(0, ValueType(.f64)))
    builder.loop("image", to: .batch) { builder, image in
      builder.assign(sum, .register(sum) + builder.load(losses, at: image))
    }
    builder.store(.convert(.register(sum) / .convert(.index(.batch), to: .f64), to: .f32), to: output, at: 0)
    return builder.kernel(named: name)
  }

  /// The gradient of the mean loss by the logits; one chunk is one image. Operands: logits, labels, gradient of the loss
  /// (one f32), output.
  package func gradientKernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let row = Row(self, in: &builder)
    let ofLoss = builder.buffer("lossGradient", .f32, .read, alignment: 4)
    let output = builder.buffer("output", .f32, .write, alignment: 4)
    let type = ValueType.f32(lanes)
    let label = row.label(in: &builder)
    let powers = row.powers(in: &builder)
    let share = builder.load(ofLoss, at: 0) / .convert(.index(.batch), to: .f32)
    let scale = builder.bind(
      .splat(.select(label.isClass, share, .constant(.nan, .f32)), lanes: lanes))
    let inverse = builder.bind(.splat(.constant(1, .f32) / powers.sum, lanes: lanes))
    let ofEvery = smoothing / Double(classes)
    row.sweep(in: &builder) { builder, first, value in
      let probability = exponential(value - powers.shift, in: &builder) * inverse
      let matches = Expression.compare(.equal, row.classes(from: first, in: &builder), label.vector)
      let target = Expression.select(
        matches, .constant(1 - smoothing + ofEvery, type), .constant(ofEvery, type))
      builder.store(
        (probability - target) * scale, to: output, at: row.origin + first, mask: row.mask(from: first))
    }
    return builder.kernel(named: name)
  }
}

/// One image's logits and label.
private struct Row {
  let problem: SoftmaxCrossEntropyKernel
  let logits: BufferID
  let labels: BufferID
  let origin: Index

  private var lanes: Int { problem.lanes }

  init(_ problem: SoftmaxCrossEntropyKernel, in builder: inout KernelBuilder) {
    self.problem = problem
    logits = builder.buffer("logits", .f32, .read, alignment: 4)
    labels = builder.buffer("labels", .i32, .read, alignment: 4)
    origin = .chunk * .constant(problem.classes)
  }

  /// The label in every lane, and whether it is a class.
  func label(in builder: inout KernelBuilder) -> (vector: Expression, isClass: Expression) {
    let label = builder.bind(builder.load(labels, at: .chunk))
    let isClass = Expression.binary(
      .and, .compare(.greaterOrEqual, label, .constant(0, ValueType(.i32))),
      .compare(.less, label, .constant(Double(problem.classes), ValueType(.i32))))
    return (builder.bind(.splat(label, lanes: lanes)), builder.bind(isClass))
  }

  /// Visits the vectors of logits, from class `first` on; lanes past the last class are zero.
  func sweep(
    in builder: inout KernelBuilder, _ body: (inout KernelBuilder, _ first: Index, _ value: Expression) -> Void
  ) {
    builder.loop("class", to: .constant(problem.classes), step: lanes) { builder, first in
      body(
        &builder, first,
        builder.bind(builder.load(logits, at: origin + first, lanes: lanes, mask: mask(from: first))))
    }
  }

  func mask(from first: Index) -> Expression? {
    problem.classes % lanes == 0 ? nil : .firstLanes(.constant(problem.classes) - first, lanes: lanes)
  }

  /// The value, with `other` in lanes past the last class.
  func real(_ value: Expression, from first: Index, else other: Double = 0) -> Expression {
    mask(from: first).map { .select($0, value, .constant(other, value.type)) } ?? value
  }

  /// The numbers of the classes from `first` on.
  func classes(from first: Index, in builder: inout KernelBuilder) -> Expression {
    let type = ValueType(.i32, lanes: lanes)
    var numbers = Expression.splat(.convert(.index(first), to: .i32), lanes: lanes)
    var bit = 1
    while bit < lanes {
      let pattern = (0..<lanes).map { $0 & bit == 0 ? 0 : lanes }
      numbers = numbers + .shuffle(pattern, .constant(0, type), .constant(Double(bit), type))
      bit *= 2
    }
    return builder.bind(numbers)
  }

  /// The largest logit in every lane, and the sum of exp(logit - largest), a scalar.
  func powers(in builder: inout KernelBuilder) -> (shift: Expression, sum: Expression) {
    let type = ValueType.f32(lanes)
    let largest = builder.register(.constant(-.infinity, type))
    sweep(in: &builder) { builder, first, value in
      builder.assign(largest, .max(.register(largest), real(value, from: first, else: -.infinity)))
    }
    let shift = builder.bind(.splat(.reduce(.maximum, .register(largest)), lanes: lanes))
    let sum = builder.register(.constant(0, type))
    sweep(in: &builder) { builder, first, value in
      let power = builder.bind(exponential(value - shift, in: &builder))
      builder.assign(sum, .register(sum) + real(power, from: first))
    }
    return (shift, builder.bind(.reduce(.add, .register(sum))))
  }
}
