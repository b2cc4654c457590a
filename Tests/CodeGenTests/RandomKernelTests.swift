import CodeGen
import LoopIR
import Testing

/// Writes valid kernels at random: nested loops and conditions around registers, bindings, loads and stores.
private struct RandomKernel {
  private var random: SplitMix
  private let lanes: Int
  private var variables: [Index] = [.batch, .chunk]
  private var values: [Expression] = []
  private var registers: [Register] = []
  private var buffers: [BufferID] = []

  static func sample(seed: UInt64) -> KernelSample {
    var writer = RandomKernel(seed: seed)
    return KernelSample("random \(seed)") { builder in
      for name in ["a", "b"] { writer.buffers.append(builder.buffer(name, .f32, .update, alignment: 4)) }
      for name in ["c", "d"] { writer.buffers.append(builder.buffer(name, .i32, .update, alignment: 4)) }
      writer.writeBody(depth: 0, in: &builder)
    }
  }

  private init(seed: UInt64) {
    random = SplitMix(state: seed)
    lanes = [1, 4, 16][Int(seed % 3)]
  }

  private mutating func choose(_ count: Int) -> Int { Int(random.next() >> 33) % count }

  // MARK: Statements

  private mutating func writeBody(depth: Int, in builder: inout KernelBuilder) {
    let outer = (variables, values, registers)
    for _ in 0..<3 + choose(4) { writeStatement(depth: depth, in: &builder) }
    (variables, values, registers) = outer
  }

  private mutating func writeStatement(depth: Int, in builder: inout KernelBuilder) {
    switch choose(depth < 3 ? 7 : 5) {
    case 0: values.append(builder.bind(expression(scalarType())))
    case 1: registers.append(builder.register(expression(scalarType())))
    case 2, 3:
      guard !registers.isEmpty else { return }
      let register = registers[choose(registers.count)]
      builder.assign(register, expression(register.type.scalar))
    case 4:
      let scalar = scalarType()
      builder.store(expression(scalar), to: buffer(of: scalar), at: place())
    case 5:
      let (lower, upper) = (index(2) % 3, index(2) % 6)
      builder.loop("i", from: lower, to: upper, step: 1 + choose(2)) { builder, counter in
        let outer = variables
        variables.append(counter)
        writeBody(depth: depth + 1, in: &builder)
        variables = outer
      }
    default:
      let comparison = Comparison.allCases[choose(Comparison.allCases.count)]
      let condition = Condition(index(2), comparison, index(2))
      // Both branches are written by this writer, one after the other.
      var copy = self
      builder.conditional(condition) {
        copy.writeBody(depth: depth + 1, in: &$0)
      } else: {
        copy.writeBody(depth: depth + 1, in: &$0)
      }
      random = copy.random
    }
  }

  // MARK: Values

  private mutating func scalarType() -> ScalarType { choose(3) == 0 ? .i32 : .f32 }
  private mutating func buffer(of scalar: ScalarType) -> BufferID { buffers[choose(2) + (scalar == .i32 ? 2 : 0)] }
  /// Where all lanes are inside of a buffer.
  private mutating func place() -> Index { index(3) % 200 + .constant(choose(40)) }

  private mutating func index(_ depth: Int) -> Index {
    guard depth > 0 else {
      return choose(3) == 0 ? .constant(choose(9)) : variables[choose(variables.count)]
    }
    let a = index(depth - 1)
    switch choose(8) {
    case 0: return a * .constant(1 + choose(7))
    case 1: return a * index(depth - 1)
    case 2: return a / (1 + choose(5))
    case 3: return a % (1 + choose(5))
    case 4: return .min(a, index(depth - 1))
    case 5: return .max(a - index(depth - 1), 0)
    default: return a + index(depth - 1)
    }
  }

  private mutating func expression(_ scalar: ScalarType, _ depth: Int = 3) -> Expression {
    let type = ValueType(scalar, lanes: lanes)
    let known = values.filter { $0.type == type } + registers.filter { $0.type == type }.map { .register($0) }
    switch depth == 0 ? choose(3) : choose(9) {
    case 0: return .constant(Double(choose(5)), type)
    case 1: return known.isEmpty ? .constant(2, type) : known[choose(known.count)]
    case 2: return .load(buffer(of: scalar), at: place(), type, stride: 1, mask: mask(depth))
    case 3: return .splat(.load(buffer(of: scalar), at: place(), ValueType(scalar), stride: 1, mask: nil), lanes: lanes)
    case 4:
      guard scalar == .f32 else { return .convert(expression(.f32, depth - 1), to: .i32) }
      return .fusedMultiplyAdd(
        expression(scalar, depth - 1), expression(scalar, depth - 1), expression(scalar, depth - 1))
    case 5:
      let comparison = Comparison.allCases[choose(Comparison.allCases.count)]
      return .select(
        .compare(comparison, expression(.f32, depth - 1), expression(.f32, depth - 1)),
        expression(scalar, depth - 1), expression(scalar, depth - 1))
    case 6:
      let operations: [BinaryOperator] = [.add, .subtract, .multiply, .minimum, .maximum]
      return .binary(operations[choose(5)], expression(scalar, depth - 1), expression(scalar, depth - 1))
    default: return expression(scalar, depth - 1) + expression(scalar, depth - 1)
    }
  }

  private mutating func mask(_ depth: Int) -> Expression? {
    depth > 0 && choose(3) == 0 ? .firstLanes(index(2), lanes: lanes) : nil
  }
}

@Test(arguments: runnableWidths)
func randomKernelsAgree(target: Target) throws {
  try check((1...24).map { RandomKernel.sample(seed: $0) }, on: target)
}
