/// Why a kernel cannot go on.
package struct InterpreterError: Error, Hashable, CustomStringConvertible {
  package let kernel: String
  package let message: String

  package var description: String { "kernel '\(kernel)': \(message)" }
}

extension Kernel {
  /// Runs one chunk, statement by statement: what compiled code must compute, but slow, and with every access
  /// checked against its buffer's bounds.
  ///
  /// The kernel must be valid (`verify`). `operands` are its buffers, which may overlap as it declares.
  /// - Throws: InterpreterError, where it reaches outside a buffer, or divides a negative index.
  package func interpret(
    operands: [UnsafeMutableRawBufferPointer], batch: Int, chunk: Int, fusingMultiplyAdd: Bool
  ) throws {
    guard operands.count == buffers.count else {
      throw InterpreterError(
        kernel: name, message: "it takes \(buffers.count) operands, and was given \(operands.count)")
    }
    var interpreter = KernelInterpreter(
      kernel: self, operands: operands, fusesMultiplyAdd: fusingMultiplyAdd,
      variables: [.batch: batch, .chunk: chunk])
    try interpreter.run(body)
  }
}

/// The state of a kernel that runs.
struct KernelInterpreter {
  let kernel: Kernel
  let operands: [UnsafeMutableRawBufferPointer]
  let fusesMultiplyAdd: Bool
  var variables: [IndexVariable: Int]
  var bindings: [Binding: LaneValues] = [:]
  var registers: [Register: LaneValues] = [:]

  mutating func run(_ statements: [Statement]) throws {
    for statement in statements { try run(statement) }
  }

  private mutating func run(_ statement: Statement) throws {
    switch statement {
    case .loop(let variable, let lower, let upper, let step, let body):
      let end = try value(of: upper)
      for counter in Swift.stride(from: try value(of: lower), to: end, by: step) {
        variables[variable] = counter
        try run(body)
      }
    case .conditional(let condition, let first, let second):
      let left = try value(of: condition.left)
      let right = try value(of: condition.right)
      try run(condition.comparison.holds(left, right) ? first : second)
    case .bind(let binding, let expression): bindings[binding] = try evaluate(expression)
    case .assign(let register, let expression): registers[register] = try evaluate(expression)
    case .store(let buffer, let index, let expression, let stride, let mask):
      let value = try evaluate(expression)
      try access(buffer, at: index, value.type, stride: stride, mask: mask, doing: "stores to") {
        memory, lane, offset in
        value.write(lane: lane, to: memory, at: offset)
      }
    case .forgetLoads, .prefetch: break
    }
  }

  // MARK: Memory

  /// Hands the lanes that the mask keeps to `body`, with the byte offset of each, which is inside the buffer.
  private mutating func access(
    _ buffer: BufferID, at index: Index, _ type: ValueType, stride: Int, mask: Expression?, doing action: String,
    _ body: (UnsafeMutableRawBufferPointer, Int, Int) -> Void
  ) throws {
    let first = try value(of: index)
    let kept = try mask.map { try evaluate($0).isSet }
    let memory = operands[buffer.index]
    let byteCount = type.scalar.byteCount
    let elementCount = memory.count / byteCount
    for lane in 0..<type.lanes where kept?[lane] ?? true {
      let element = first &+ lane &* stride
      guard element >= 0, element < elementCount else {
        let name = kernel.buffers[buffer.index].name
        throw error("it \(action) element \(element) of buffer '\(name)', which has \(elementCount)")
      }
      body(memory, lane, element * byteCount)
    }
  }

  mutating func load(
    _ type: ValueType, from buffer: BufferID, at index: Index, stride: Int, mask: Expression?
  ) throws -> LaneValues {
    let zero = LaneValues(repeating: 0, ValueType(type.scalar))
    var lanes = Array(repeating: zero, count: type.lanes)
    try access(buffer, at: index, type, stride: stride, mask: mask, doing: "loads") { memory, lane, offset in
      lanes[lane] = .read(type.scalar, from: UnsafeRawBufferPointer(memory), at: offset)
    }
    return type.scalar.isFloatingPoint
      ? LaneValues(type, floats: lanes.flatMap(\.floats)) : LaneValues(type, integers: lanes.flatMap(\.integers))
  }

  // MARK: Indices

  /// Arithmetic wraps around, as the machine's does; accesses are checked afterwards.
  func value(of index: Index) throws -> Int {
    switch index {
    case .constant(let value): return value
    case .variable(let variable):
      guard let value = variables[variable] else { throw error("the variable '\(variable.name)' is not in reach") }
      return value
    case .sum(let a, let b): return try value(of: a) &+ value(of: b)
    case .difference(let a, let b): return try value(of: a) &- value(of: b)
    case .product(let a, let b): return try value(of: a) &* value(of: b)
    case .quotient(let a, let divisor): return try dividend(a, divisor) / divisor
    case .remainder(let a, let divisor): return try dividend(a, divisor) % divisor
    case .minimum(let a, let b): return try min(value(of: a), value(of: b))
    case .maximum(let a, let b): return try max(value(of: a), value(of: b))
    }
  }

  private func dividend(_ index: Index, _ divisor: Int) throws -> Int {
    let value = try value(of: index)
    guard value >= 0, divisor > 0 else { throw error("the index \(value) is divided by \(divisor)") }
    return value
  }

  func error(_ message: String) -> InterpreterError { InterpreterError(kernel: kernel.name, message: message) }
}

extension Comparison {
  func holds<Number: Comparable>(_ a: Number, _ b: Number) -> Bool {
    switch self {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }
}
