import LLVMKit
import LoopIR

extension KernelEmitter {
  mutating func emit(_ expression: Expression) throws -> Value {
    switch expression {
    case .constant(let number, let type): return constant(number, type)
    case .bound(let binding): return value(of: binding)
    case .register(let register): return value(of: register)
    case .index(let index): return value(of: index)
    case .load(let buffer, let index, let type, let stride, let mask):
      return try emitLoad(type, from: buffer, at: index, stride: stride, mask: mask)
    case .splat(let scalar, let lanes): return splat(try emit(scalar), lanes: lanes)
    case .unary(let operation, let a): return try emitUnary(operation, try emit(a), a.type)
    case .binary(let operation, let a, let b):
      return try emitBinary(operation, try emit(a), try emit(b), a.type)
    case .fusedMultiplyAdd(let a, let b, let c):
      return try multiplyAdd(try emit(a), try emit(b), try emit(c))
    case .compare(let comparison, let a, let b):
      return compare(comparison, try emit(a), try emit(b), a.type.scalar)
    case .select(let mask, let a, let b): return builder.select(try emit(mask), try emit(a), try emit(b))
    case .convert(let a, let scalar): return try convert(try emit(a), from: a.type, to: scalar)
    case .bitcast(let a, let scalar):
      return builder.cast(.bitcast, try emit(a), to: types[ValueType(scalar, lanes: a.type.lanes)])
    case .shuffle(let lanes, let a, let b): return shuffle(lanes, try emit(a), try emit(b), a.type)
    case .reduce(let reduction, let a): return reduce(reduction, try emit(a), a.type)
    case .dot(let accumulator, let a, let b):
      return try emitDot(try emit(accumulator), try emit(a), try emit(b), accumulator.type)
    case .firstLanes(let count, let lanes): return firstLanes(count, of: lanes)
    }
  }

  private func value(of binding: Binding) -> Value {
    guard let value = bindings[binding] else { preconditionFailure("a verified kernel binds before it uses") }
    return value
  }

  private func value(of register: Register) -> Value {
    guard let value = registers[register] else { preconditionFailure("a verified kernel assigns before it reads") }
    return value
  }

  func constant(_ number: Double, _ type: ValueType) -> Value {
    switch type.scalar {
    case .f32, .f64: types[type].constant(number)
    case .bf16: types[type].constant(Int(BFloat16.bits(Float(number))))
    case .i32, .i64, .u8, .s8, .mask: types[type].constant(Int(number))
    }
  }

  /// An instruction selector sees a broadcast in an insertion that a shuffle spreads.
  func splat(_ scalar: Value, lanes: Int) -> Value {
    guard lanes > 1 else { return scalar }
    let undefined = types.vector(scalar.type, lanes: lanes).undefined
    let first = builder.insert(scalar, into: undefined, at: 0, laneType: types.i32)
    return builder.shuffle(first, undefined, lanes: types.i32.vector(lanes: lanes).zero)
  }

  // MARK: Arithmetic

  private func emitUnary(_ operation: UnaryOperator, _ a: Value, _ type: ValueType) throws -> Value {
    let isFloat = type.scalar.isFloatingPoint
    switch operation {
    case .negate:
      return isFloat ? builder.negateFloat(a) : builder.binary(.subtract, a.type.zero, a)
    case .absolute:
      if isFloat { return builder.call(try module.intrinsic("llvm.fabs", [a.type]), [a]) }
      guard type.scalar.isSigned else { return a }
      return builder.call(try module.intrinsic("llvm.abs", [a.type]), [a, types.i1.constant(0)])
    case .squareRoot: return builder.call(try module.intrinsic("llvm.sqrt", [a.type]), [a])
    case .floor: return builder.call(try module.intrinsic("llvm.floor", [a.type]), [a])
    case .complement: return builder.binary(.exclusiveOr, a, a.type.constant(-1))
    }
  }

  func emitBinary(_ operation: BinaryOperator, _ a: Value, _ b: Value, _ type: ValueType) throws -> Value {
    if let opcode = operation.opcode(of: type.scalar) { return builder.binary(opcode, a, b) }
    // A comparison that is false of NaN, and a choice of the second then: what x86's MIN and MAX do.
    let comparison: Comparison = operation == .minimum ? .less : .greater
    return builder.select(compare(comparison, a, b, type.scalar), a, b)
  }

  func multiplyAdd(_ a: Value, _ b: Value, _ c: Value) throws -> Value {
    guard target.hasFusedMultiplyAdd else {
      return builder.binary(.floatAdd, builder.binary(.floatMultiply, a, b), c)
    }
    return builder.call(try module.intrinsic("llvm.fma", [a.type]), [a, b, c])
  }

  func compare(_ comparison: Comparison, _ a: Value, _ b: Value, _ scalar: ScalarType) -> Value {
    if scalar.isFloatingPoint { return builder.compareFloats(comparison.floatPredicate, a, b) }
    return builder.compareIntegers(
      scalar.isSigned ? comparison.signedPredicate : comparison.unsignedPredicate, a, b)
  }

  // MARK: Lanes

  func shuffle(_ lanes: [Int], _ a: Value, _ b: Value, _ type: ValueType) -> Value {
    let chosen = builder.shuffle(vector(a, type), vector(b, type), lanes: types.laneNumbers(lanes))
    return lanes.count == 1 ? builder.extract(from: chosen, at: 0, laneType: types.i32) : chosen
  }

  /// A scalar as a vector of one lane.
  func vector(_ value: Value, _ type: ValueType) -> Value {
    guard type.lanes == 1 else { return value }
    return builder.insert(value, into: value.type.vector(lanes: 1).undefined, at: 0, laneType: types.i32)
  }

  private func reduce(_ reduction: Reduction, _ a: Value, _ type: ValueType) -> Value {
    var value = a
    var lanes = type.lanes
    while lanes > 1 {
      lanes /= 2
      let lower = shuffle(Array(0..<lanes), value, value, ValueType(type.scalar, lanes: lanes * 2))
      let upper = shuffle(Array(lanes..<lanes * 2), value, value, ValueType(type.scalar, lanes: lanes * 2))
      value = combine(reduction, lower, upper, type.scalar)
    }
    return value
  }

  private func combine(_ reduction: Reduction, _ a: Value, _ b: Value, _ scalar: ScalarType) -> Value {
    switch reduction {
    case .add: builder.binary(scalar.isFloatingPoint ? .floatAdd : .add, a, b)
    case .minimum: builder.select(compare(.less, a, b, scalar), a, b)
    case .maximum: builder.select(compare(.greater, a, b, scalar), a, b)
    }
  }

  private mutating func firstLanes(_ count: Index, of lanes: Int) -> Value {
    if let count = count.constantValue {
      let bits = (0..<lanes).map { types.i1.constant($0 < count ? 1 : 0) }
      return lanes == 1 ? bits[0] : .vector(bits)
    }
    // A count that fits in 32 bits, which vectors of all lane counts compare fast.
    let bounded = value(of: .max(.min(count, .constant(lanes)), 0))
    let limit = splat(builder.cast(.truncate, bounded, to: types.i32), lanes: lanes)
    let numbers = lanes == 1 ? types.i32.constant(0) : types.laneNumbers(Array(0..<lanes))
    return builder.compareIntegers(.signedLess, numbers, limit)
  }
}
