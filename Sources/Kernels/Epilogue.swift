import LoopIR

/// What happens to an accumulator before it is stored: residual addition, then activation. (The bias is what
/// accumulators start from.) What is stored may be gathered into statistics.
package struct Epilogue: Hashable, Sendable {
  package enum Activation: Hashable, Sendable {
    case none
    case relu
    case clip(low: Double, high: Double)
    /// max(x, 0) + slope * min(x, 0), the slope by channel.
    case prelu
  }

  package var hasBias: Bool
  /// Layout of the tensor that is added, if any.
  package var residual: ImageLayout?
  package var activation: Activation
  /// Whether partial moments of what is stored are gathered.
  package var gathersMoments: Bool

  package init(
    hasBias: Bool, residual: ImageLayout? = nil, activation: Activation = .none, gathersMoments: Bool = false
  ) {
    self.hasBias = hasBias
    self.residual = residual
    self.activation = activation
    self.gathersMoments = gathersMoments
  }

  /// Whether a lane that holds zero may leave with something else.
  package var movesZero: Bool {
    if case .clip(let low, let high) = activation { low > 0 || high < 0 } else { false }
  }

  package func activate(_ value: Expression, slope: Expression?, in builder: inout KernelBuilder) -> Expression {
    let zero = Expression.constant(0, value.type)
    switch activation {
    case .none:
      return value
    case .relu:
      // MAX gives its second operand for NaN, so that NaN stays NaN.
      return .max(zero, value)
    case .clip(let low, let high):
      let raised = Expression.max(.constant(low, value.type), value)
      return .min(.constant(high, value.type), raised)
    case .prelu:
      guard let slope else { preconditionFailure("prelu needs its slope") }
      let bound = builder.bind(value)
      return .select(.compare(.greater, bound, zero), bound, bound * slope)
    }
  }
}

extension Convolution {
  /// A sum, as the epilogue takes it.
  func sum(_ register: Register) -> Expression {
    sums == .f32 ? .register(register) : .convert(.register(register), to: .f32)
  }

  /// The activation of a vector of sums, whose lanes past the last channel stay zero. `channel` is its first.
  func finish(
    _ value: Expression, slope: Expression?, channel: Index, in builder: inout KernelBuilder
  ) -> Expression {
    let activated = epilogue.activate(value, slope: slope, in: &builder)
    guard epilogue.movesZero, output.hasPaddingLanes else { return activated }
    let real = Expression.firstLanes(.constant(output.channels) - channel, lanes: value.type.lanes)
    return .select(real, activated, .constant(0, value.type))
  }
}

/// The buffers of a kernel's epilogue, in the order in which steps list them.
package struct EpilogueBuffers {
  package var bias: BufferID?
  package var residual: BufferID?
  package var slope: BufferID?
  package var partials: BufferID?

  package init(_ epilogue: Epilogue, in builder: inout KernelBuilder) {
    bias = epilogue.hasBias ? builder.buffer("bias", .f32, .read) : nil
    // The output may take the residual's place in memory.
    residual = epilogue.residual.map {
      builder.buffer("residual", .f32, .read, alignment: $0.byteAlignment, aliasSet: 0)
    }
    slope = epilogue.activation == .prelu ? builder.buffer("slope", .f32, .read) : nil
    partials = epilogue.gathersMoments ? builder.buffer("partials", .f32, .update) : nil
  }
}
