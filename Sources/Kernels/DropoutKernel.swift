import LoopIR

/// Zeroes elements at random and scales the others. Whether an element stays follows from a seed and from its number
/// among all elements in row-major order, by 32-bit integers that wrap around: with mixed = mix(mix(number) + mix(seed +
/// salt)), it stays where the upper 31 bits of mixed are not below the threshold.
package struct DropoutKernel: Hashable, Sendable {
  /// A function of 32 bits in rounds: the upper bits are folded onto the lower, then the value is multiplied, and at the
  /// end folded once more.
  package struct Mixing: Hashable, Sendable {
    package var multipliers: [UInt32]
    /// One more than the multipliers.
    package var shifts: [UInt32]

    package init(multipliers: [UInt32], shifts: [UInt32]) {
      self.multipliers = multipliers
      self.shifts = shifts
    }
  }

  package var input: ImageLayout
  package var output: ImageLayout
  package var mixing: Mixing
  package var salt: UInt32
  package var threshold: Int32
  /// What elements that stay are multiplied by.
  package var scale: Double
  package var lanes: Int

  package init(
    input: ImageLayout, output: ImageLayout, mixing: Mixing, salt: UInt32, threshold: Int32, scale: Double, lanes: Int
  ) {
    self.input = input
    self.output = output
    self.mixing = mixing
    self.salt = salt
    self.threshold = threshold
    self.scale = scale
    self.lanes = lanes
  }

  package var chunksPerImage: Int { output.rows }

  /// The kernel: one chunk is one row of one image, all channels. Operands: input, seed (one i32), output.
  package func kernel(named name: String) -> Kernel {
    var builder = KernelBuilder()
    let source = builder.buffer("input", .f32, .read, alignment: input.byteAlignment, aliasSet: 0)
    let seed = builder.buffer("seed", .i32, .read, alignment: 4)
    let target = builder.buffer("output", .f32, .write, alignment: output.byteAlignment, aliasSet: 0)
    let sum = builder.load(seed, at: 0) + integer(salt, lanes: 1)
    let key = builder.bind(.splat(mix(sum, in: &builder), lanes: lanes))
    let image = Index.chunk / output.rows
    let row = Index.chunk % output.rows
    let pixels = output.rows * output.columns
    let vectors = (output.channels + lanes - 1) / lanes
    let numbersOfLanes = builder.bind(multiples(of: pixels, in: &builder))
    builder.loop("vector", to: .constant(vectors)) { builder, vector in
      let channel = vector * .constant(lanes)
      let mask: Expression? =
        output.channels % lanes == 0
        ? nil : builder.bind(.firstLanes(.constant(output.channels) - channel, lanes: lanes))
      builder.loop("column", to: .constant(output.columns)) { builder, column in
        let first =
          (image * .constant(output.channels) + channel) * .constant(pixels) + row * .constant(output.columns) + column
        let number = numbersOfLanes + .splat(wrapped(first), lanes: lanes)
        let mixed = mix(mix(number, in: &builder) + key, in: &builder)
        let drawn = Expression.binary(.shiftRightLogical, mixed, integer(1, lanes: lanes))
        let stays = Expression.compare(.greaterOrEqual, drawn, integer(UInt32(bitPattern: threshold), lanes: lanes))
        func place(_ layout: ImageLayout) -> Index {
          layout.index(image: image, vector: vector, row: row, column: column, lanes: lanes)
        }
        let value = builder.load(source, at: place(input), lanes: lanes, mask: input.isBlocked ? nil : mask)
        let zero = Expression.constant(0, .f32(lanes))
        let result = Expression.select(stays, value * .constant(scale, .f32(lanes)), zero)
        builder.store(result, to: target, at: place(output), mask: output.isBlocked ? nil : mask)
      }
      for column in output.haloColumns {
        let place = output.index(image: image, vector: vector, row: row, column: .constant(column), lanes: lanes)
        builder.store(.constant(0, .f32(lanes)), to: target, at: place)
      }
    }
    return builder.kernel(named: name)
  }

  // MARK: Integers

  private func integer(_ value: UInt32, lanes: Int) -> Expression {
    .constant(Double(Int32(bitPattern: value)), ValueType(.i32, lanes: lanes))
  }

  /// 0, `stride`, 2 `stride`, ..., a lane each.
  private func multiples(of stride: Int, in builder: inout KernelBuilder) -> Expression {
    var numbers = integer(0, lanes: lanes)
    var bit = 1
    while bit < lanes {
      let pattern = (0..<lanes).map { $0 & bit == 0 ? 0 : lanes }
      let step = UInt32(truncatingIfNeeded: stride &* bit)
      numbers = numbers + .shuffle(pattern, integer(0, lanes: lanes), integer(step, lanes: lanes))
      bit *= 2
    }
    return numbers
  }

  /// The lower 32 bits: conversion alone would stop at the largest number.
  private func wrapped(_ index: Index) -> Expression {
    let half = 1 << 31
    let low = Expression.convert(.index(index % half), to: .i32)
    let high = Expression.convert(.index(index / half % 2), to: .i32)
    return .binary(.or, low, .binary(.shiftLeft, high, integer(31, lanes: 1)))
  }

  private func mix(_ value: Expression, in builder: inout KernelBuilder) -> Expression {
    let lanes = value.type.lanes
    func folded(_ value: Expression, _ shift: UInt32) -> Expression {
      let value = builder.bind(value)
      return .binary(.exclusiveOr, value, .binary(.shiftRightLogical, value, integer(shift, lanes: lanes)))
    }
    return zip(mixing.multipliers, mixing.shifts.dropFirst()).reduce(folded(value, mixing.shifts[0])) { mixed, round in
      folded(mixed * integer(round.0, lanes: lanes), round.1)
    }
  }
}
