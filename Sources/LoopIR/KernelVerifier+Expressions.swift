extension KernelVerifier {
  mutating func verify(_ expression: Expression) {
    require(
      expression.type.lanes > 0 && expression.type.lanes <= 1024,
      "a value cannot have \(expression.type.lanes) lanes")
    switch expression {
    case .constant(let number, let type): verifyConstant(number, type)
    case .bound(let binding): require(bindings.contains(binding), "a binding is used where it is not in reach")
    case .register(let register):
      require(registers.contains(register), "a register is read that may not have been assigned")
    case .index(let index): verify(index)
    case .load(let buffer, let index, let type, let stride, let mask):
      verifyAccess(to: buffer, at: index, type, stride: stride, mask: mask, denied: .write)
    case .splat(let scalar, _):
      verify(scalar)
      require(scalar.type.lanes == 1, "only a scalar can be spread, not \(scalar.type)")
    case .unary(let operation, let a):
      verify(a)
      requireKind(operation.name, a, operation.accepts)
    case .binary(let operation, let a, let b): verifyBinary(operation, a, b)
    case .fusedMultiplyAdd(let a, let b, let c):
      verifyAlike("fma", [a, b, c])
      requireKind("fma", a, \.computesFloats)
    case .compare(let comparison, let a, let b):
      verifyAlike(comparison.symbol, [a, b])
      requireKind(comparison.symbol, a, \.computes)
    case .select(let mask, let a, let b):
      verify(mask)
      requireMask(mask, lanes: a.type.lanes)
      verifyAlike("select", [a, b])
    case .convert(let a, let scalar):
      verify(a)
      require(scalar != .mask || a.type.scalar == .mask, "only a comparison makes a mask of numbers")
    case .bitcast(let a, let scalar):
      verify(a)
      require(
        scalar.byteCount == a.type.scalar.byteCount && scalar != .mask && a.type.scalar != .mask,
        "the bits of \(a.type) cannot be read as \(scalar.rawValue)")
    case .shuffle, .reduce, .dot, .firstLanes: verifyLanes(expression)
    }
  }

  private mutating func verifyLanes(_ expression: Expression) {
    switch expression {
    case .shuffle(let lanes, let a, let b):
      verifyAlike("shuffle", [a, b])
      let count = a.type.lanes * 2
      require(lanes.allSatisfy((0..<count).contains), "a shuffle chooses lanes that are not among \(count)")
    case .reduce(let reduction, let a):
      verify(a)
      requireKind("reduce(\(reduction.name))", a, \.computes)
      require(a.type.lanes.nonzeroBitCount == 1, "\(a.type.lanes) lanes cannot be halved down to one")
    case .dot(let accumulator, let a, let b): verifyDot(accumulator, a, b)
    case .firstLanes(let count, _): verify(count)
    default: break
    }
  }

  private mutating func verifyConstant(_ number: Double, _ type: ValueType) {
    guard !type.scalar.isFloatingPoint else { return }
    let integer = Int(exactly: number)
    require(
      integer.map(type.scalar.range.contains) ?? false, "\(number) is no value of \(type.scalar.rawValue)")
  }

  private mutating func verifyBinary(_ operation: BinaryOperator, _ a: Expression, _ b: Expression) {
    verifyAlike(operation.name, [a, b])
    requireKind(operation.name, a, operation.accepts)
    guard !a.type.scalar.isFloatingPoint else { return }
    switch operation {
    case .divide:
      require((b.constantValue ?? 0) > 0, "integers are divided by positive constants only")
    case .shiftLeft, .shiftRightLogical, .shiftRightArithmetic:
      let width = Double(a.type.scalar.byteCount * 8)
      require((0..<width).contains(b.constantValue ?? 0), "a shift count must be less than \(Int(width))")
    default: break
    }
  }

  private mutating func verifyDot(_ accumulator: Expression, _ a: Expression, _ b: Expression) {
    for operand in [accumulator, a, b] { verify(operand) }
    let lanes = accumulator.type.lanes
    let bytes =
      accumulator.type.scalar == .i32 && a.type == ValueType(.u8, lanes: lanes * 4)
      && b.type == ValueType(.s8, lanes: lanes * 4)
    let halves =
      accumulator.type.scalar == .f32 && a.type == ValueType(.bf16, lanes: lanes * 2) && b.type == a.type
    require(bytes || halves, "there is no dot of \(a.type) and \(b.type) to \(accumulator.type)")
  }

  // MARK: Types

  /// Verifies the operands, and that they have one type.
  private mutating func verifyAlike(_ operation: String, _ operands: [Expression]) {
    for operand in operands { verify(operand) }
    let types = operands.map(\.type)
    require(
      types.allSatisfy { $0 == types.first },
      "the operands of '\(operation)' differ: \(types.map(\.description).joined(separator: ", "))")
  }

  private mutating func requireKind(_ operation: String, _ operand: Expression, _ accepts: (ScalarType) -> Bool) {
    require(accepts(operand.type.scalar), "'\(operation)' does not take \(operand.type)")
  }

  mutating func requireMask(_ mask: Expression, lanes: Int) {
    let expected = ValueType(.mask, lanes: lanes)
    require(mask.type == expected, "the mask is \(mask.type), not \(expected)")
  }
}

extension Expression {
  /// The number, where it is the same constant in every lane.
  package var constantValue: Double? {
    switch self {
    case .constant(let number, _): number
    case .splat(let scalar, _): scalar.constantValue
    default: nil
    }
  }
}

extension ScalarType {
  /// bf16 and masks are no types to compute with.
  fileprivate var computes: Bool { self != .mask && self != .bf16 }
  fileprivate var computesFloats: Bool { self == .f32 || self == .f64 }
  fileprivate var isInteger: Bool { computes && !isFloatingPoint }
}

extension UnaryOperator {
  fileprivate func accepts(_ scalar: ScalarType) -> Bool {
    switch self {
    case .negate, .absolute: scalar.computes
    case .squareRoot, .floor: scalar.computesFloats
    case .complement: scalar.isInteger || scalar == .mask
    }
  }
}

extension BinaryOperator {
  fileprivate func accepts(_ scalar: ScalarType) -> Bool {
    switch self {
    case .add, .subtract, .multiply, .divide, .minimum, .maximum: scalar.computes
    case .and, .or, .exclusiveOr: scalar.isInteger || scalar == .mask
    case .shiftLeft, .shiftRightLogical, .shiftRightArithmetic: scalar.isInteger
    }
  }
}
