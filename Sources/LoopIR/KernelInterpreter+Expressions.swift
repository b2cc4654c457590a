extension KernelInterpreter {
  mutating func evaluate(_ expression: Expression) throws -> LaneValues {
    switch expression {
    case .constant(let number, let type): return LaneValues(repeating: number, type)
    case .bound(let binding):
      guard let value = bindings[binding] else { throw error("a binding is used before it is made") }
      return value
    case .register(let register):
      guard let value = registers[register] else { throw error("a register is read before it is assigned") }
      return value
    case .index(let index): return LaneValues(ValueType(.i64), integers: [try value(of: index)])
    case .load(let buffer, let index, let type, let stride, let mask):
      return try load(type, from: buffer, at: index, stride: stride, mask: mask)
    case .splat(let scalar, let lanes): return try evaluate(scalar).choosing(Array(repeating: 0, count: lanes))
    case .unary(let operation, let a): return try evaluate(a).mapped(by: operation)
    case .binary(let operation, let a, let b): return try evaluate(a).combined(operation, with: evaluate(b))
    case .fusedMultiplyAdd(let a, let b, let c): return try multiplyAdd(evaluate(a), evaluate(b), evaluate(c))
    case .compare(let comparison, let a, let b): return try evaluate(a).compared(comparison, with: evaluate(b))
    case .select(let mask, let a, let b):
      let choice = try evaluate(mask).isSet.enumerated().map { $1 ? $0 : $0 + a.type.lanes }
      return try evaluate(a).followed(by: evaluate(b)).choosing(choice)
    case .convert(let a, let scalar): return try evaluate(a).converted(to: scalar)
    case .bitcast(let a, let scalar): return try evaluate(a).reinterpreted(as: scalar)
    case .shuffle(let lanes, let a, let b): return try evaluate(a).followed(by: evaluate(b)).choosing(lanes)
    case .reduce(let reduction, let a): return reduce(reduction, try evaluate(a))
    case .dot(let accumulator, let a, let b): return try dot(evaluate(accumulator), evaluate(a), evaluate(b))
    case .firstLanes(let count, let lanes):
      let limit = try value(of: count)
      return LaneValues(ValueType(.mask, lanes: lanes), integers: (0..<lanes).map { $0 < limit ? 1 : 0 })
    }
  }

  private func multiplyAdd(_ a: LaneValues, _ b: LaneValues, _ c: LaneValues) -> LaneValues {
    guard fusesMultiplyAdd else { return a.combined(.multiply, with: b).combined(.add, with: c) }
    let sums = a.floats.indices.map { lane -> Double in
      a.type.scalar == .f64
        ? c.floats[lane].addingProduct(a.floats[lane], b.floats[lane])
        : Double(Float(c.floats[lane]).addingProduct(Float(a.floats[lane]), Float(b.floats[lane])))
    }
    return LaneValues(a.type, floats: sums)
  }

  private func reduce(_ reduction: Reduction, _ a: LaneValues) -> LaneValues {
    var value = a
    while value.type.lanes > 1 {
      let half = value.type.lanes / 2
      let upper = value.choosing(Array(half..<half * 2))
      value = value.choosing(Array(0..<half)).combined(reduction.operation, with: upper)
    }
    return value
  }

  /// Products of bytes are summed exactly; of bf16, the odd lanes' products are added before the even lanes'.
  private func dot(_ accumulator: LaneValues, _ a: LaneValues, _ b: LaneValues) -> LaneValues {
    let type = accumulator.type
    let partCount = a.type.lanes / type.lanes
    return (0..<partCount).reversed().reduce(accumulator) { sum, part in
      let lanes = (0..<type.lanes).map { $0 * partCount + part }
      let left = a.choosing(lanes).converted(to: type.scalar)
      let right = b.choosing(lanes).converted(to: type.scalar)
      return type.scalar == .i32
        ? sum.combined(.add, with: left.combined(.multiply, with: right)) : multiplyAdd(left, right, sum)
    }
  }
}

extension Reduction {
  fileprivate var operation: BinaryOperator {
    switch self {
    case .add: .add
    case .maximum: .maximum
    case .minimum: .minimum
    }
  }
}
