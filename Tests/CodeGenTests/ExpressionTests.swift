import CodeGen
import LoopIR
import Testing

/// Every kind of expression, of `lanes` lanes.
private func arithmetic(lanes: Int) -> [KernelSample] {
  var samples: [KernelSample] = []
  let floats: [ScalarType] = [.f32, .f64]
  let integers: [ScalarType] = [.i32, .i64, .u8, .s8]
  for scalar in floats + integers {
    for operation in UnaryOperator.allCases where accepts(operation, scalar) {
      samples.append(
        .elementwise("\(operation) \(scalar)", [scalar], to: scalar, lanes: lanes) { .unary(operation, $0[0]) })
    }
    for operation in BinaryOperator.allCases where accepts(operation, scalar) {
      samples.append(
        .elementwise("\(operation) \(scalar)", [scalar, scalar], to: scalar, lanes: lanes) {
          .binary(operation, $0[0], secondOperand($0[1], of: operation))
        })
    }
    for comparison in Comparison.allCases {
      samples.append(
        .elementwise("\(comparison) \(scalar)", [scalar, scalar], to: scalar, lanes: lanes) {
          .select(.compare(comparison, $0[0], $0[1]), $0[0], .constant(3, $0[0].type))
        })
    }
  }
  for scalar in floats {
    samples.append(
      .elementwise("fma \(scalar)", [scalar, scalar, scalar], to: scalar, lanes: lanes) {
        .fusedMultiplyAdd($0[0], $0[1], $0[2])
      })
  }
  return samples
}

private func accepts(_ operation: UnaryOperator, _ scalar: ScalarType) -> Bool {
  switch operation {
  case .negate, .absolute: true
  case .squareRoot, .floor: scalar.isFloatingPoint
  case .complement: !scalar.isFloatingPoint
  }
}

private func accepts(_ operation: BinaryOperator, _ scalar: ScalarType) -> Bool {
  switch operation {
  case .add, .subtract, .multiply, .divide, .minimum, .maximum: true
  case .and, .or, .exclusiveOr, .shiftLeft, .shiftRightLogical, .shiftRightArithmetic: !scalar.isFloatingPoint
  }
}

/// Integers are divided and shifted by constants only.
private func secondOperand(_ operand: Expression, of operation: BinaryOperator) -> Expression {
  switch operation {
  case .divide where !operand.type.scalar.isFloatingPoint: .constant(7, operand.type)
  case .shiftLeft, .shiftRightLogical, .shiftRightArithmetic: .constant(3, operand.type)
  default: operand
  }
}

private func conversions(lanes: Int) -> [KernelSample] {
  let numbers: [ScalarType] = [.f32, .f64, .bf16, .i32, .i64, .u8, .s8]
  var samples = numbers.flatMap { source in
    numbers.map { destination in
      KernelSample.elementwise("\(source) to \(destination)", [source], to: destination, lanes: lanes) {
        .convert($0[0], to: destination)
      }
    }
  }
  for (source, destination) in [(ScalarType.f32, ScalarType.i32), (.f64, .i64), (.i32, .f32), (.u8, .s8)] {
    samples.append(
      .elementwise("bits of \(source) as \(destination)", [source], to: destination, lanes: lanes) {
        .bitcast($0[0], to: destination)
      })
  }
  for destination in numbers {
    samples.append(
      .elementwise("mask to \(destination)", [.f32], to: destination, lanes: lanes) {
        .convert(.compare(.less, $0[0], .constant(0, $0[0].type)), to: destination)
      })
  }
  return samples
}

private func laneOperations(lanes: Int) -> [KernelSample] {
  var samples: [KernelSample] = []
  for scalar in [ScalarType.f32, .f64, .i32, .i64, .u8, .s8] {
    for reduction in Reduction.allCases {
      samples.append(
        .elementwise("reduce \(reduction) \(scalar)", [scalar], to: scalar, lanes: lanes) {
          .splat(.reduce(reduction, $0[0]), lanes: lanes)
        })
    }
  }
  for scalar in [ScalarType.f32, .bf16, .u8] {
    samples.append(
      .elementwise("reverse \(scalar)", [scalar, scalar], to: scalar, lanes: lanes) {
        .shuffle((0..<lanes).map { lanes * 2 - 1 - $0 * 2 }, $0[0], $0[1])
      })
    samples.append(
      .elementwise("lane of \(scalar)", [scalar, scalar], to: scalar, lanes: lanes) {
        .splat(.shuffle([lanes], $0[0], $0[1]), lanes: lanes)
      })
  }
  samples.append(
    .elementwise("masks combined", [.f32, .f32], to: .f32, lanes: lanes) {
      let below = Expression.compare(.less, $0[0], $0[1])
      let above = Expression.unary(.complement, .compare(.greater, $0[0], .constant(100, $0[0].type)))
      return .select(.binary(.and, below, above), $0[0], $0[1])
    })
  samples.append(
    .elementwise("first lanes", [.f32, .f32], to: .f32, lanes: lanes) {
      .select(.firstLanes(.batch, lanes: lanes), $0[0], $0[1])
    })
  return samples
}

private func dots(lanes: Int) -> [KernelSample] {
  [
    KernelSample("dot of bytes") { builder in
      let a = builder.buffer("a", .u8, .read)
      let b = builder.buffer("b", .s8, .read)
      let sums = builder.buffer("sums", .i32, .update)
      builder.store(
        .dot(
          accumulator: builder.load(sums, at: 0, lanes: lanes), builder.load(a, at: 0, lanes: lanes * 4),
          builder.load(b, at: 0, lanes: lanes * 4)), to: sums, at: 0)
    },
    // The processor's instruction takes numbers below f32's normal range as zero.
    KernelSample("dot of bf16", tolerance: 1e-6) { builder in
      let a = builder.buffer("a", .u8, .read)
      let b = builder.buffer("b", .s8, .read)
      let sums = builder.buffer("sums", .f32, .write)
      let left = Expression.convert(builder.load(a, at: 0, lanes: lanes * 2), to: .bf16)
      let right = Expression.convert(builder.load(b, at: 0, lanes: lanes * 2), to: .bf16)
      builder.store(.dot(accumulator: .constant(0.25, .f32(lanes)), left, right), to: sums, at: 0)
    },
  ]
}

@Test(arguments: runnableWidths, [1, 4, 16])
func arithmeticAgrees(target: Target, lanes: Int) throws { try check(arithmetic(lanes: lanes), on: target) }

@Test(arguments: runnableWidths, [1, 8, 16])
func conversionsAgree(target: Target, lanes: Int) throws { try check(conversions(lanes: lanes), on: target) }

@Test(arguments: runnableWidths, [2, 8, 16])
func laneOperationsAgree(target: Target, lanes: Int) throws { try check(laneOperations(lanes: lanes), on: target) }

@Test(arguments: runnableTargets, [1, 4, 8, 16])
func dotsAgree(target: Target, lanes: Int) throws { try check(dots(lanes: lanes), on: target) }
