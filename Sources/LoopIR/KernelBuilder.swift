/// Writes a kernel statement by statement. Nested bodies are closures that are handed the builder.
package struct KernelBuilder {
  package private(set) var buffers: [Buffer] = []
  private var blocks: [[Statement]] = [[]]
  private var nextID = 0

  package init() {}

  private mutating func freshID() -> Int {
    nextID += 1
    return nextID
  }

  package mutating func buffer(
    _ name: String, _ element: ScalarType = .f32, _ access: Buffer.Access, alignment: Int = 64, aliasSet: Int? = nil,
    isStreamed: Bool = false
  ) -> BufferID {
    buffers.append(
      Buffer(name, element, access, alignment: alignment, aliasSet: aliasSet, isStreamed: isStreamed))
    return BufferID(buffers.count - 1)
  }

  /// Computes once, for use many times.
  package mutating func bind(_ expression: Expression) -> Expression {
    let binding = Binding(id: freshID(), type: expression.type)
    emit(.bind(binding, expression))
    return .bound(binding)
  }

  /// A register that holds `initial`.
  package mutating func register(_ initial: Expression) -> Register {
    let register = Register(id: freshID(), type: initial.type)
    emit(.assign(register, initial))
    return register
  }

  package mutating func assign(_ register: Register, _ expression: Expression) { emit(.assign(register, expression)) }

  package mutating func loop(
    _ name: String, from lower: Index = 0, to upper: Index, step: Int = 1,
    _ body: (inout KernelBuilder, Index) -> Void
  ) {
    // A loop that runs just once is its body.
    if let first = lower.constantValue, let end = upper.constantValue, end > first, end <= first + step {
      body(&self, lower)
      return
    }
    let variable = IndexVariable(id: freshID(), name: name)
    let statements = nested { body(&$0, .variable(variable)) }
    emit(.loop(variable, from: lower, to: upper, step: step, statements))
  }

  package mutating func conditional(
    _ condition: Condition, then: (inout KernelBuilder) -> Void,
    else otherwise: (inout KernelBuilder) -> Void = { _ in }
  ) {
    let first = nested(then)
    let second = nested(otherwise)
    emit(.conditional(condition, then: first, else: second))
  }

  package mutating func store(
    _ expression: Expression, to buffer: BufferID, at index: Index, stride: Int = 1, mask: Expression? = nil
  ) {
    emit(.store(buffer, at: index, expression, stride: stride, mask: mask))
  }

  /// Loads that follow read memory again, which frees the registers that would keep what was loaded.
  package mutating func forgetLoads() { emit(.forgetLoads) }

  /// Hints that the line of memory with this element, which may be outside of the buffer, will be read, or written,
  /// before long.
  package mutating func prefetch(_ buffer: BufferID, at index: Index) { emit(.prefetch(buffer, at: index)) }

  package func load(
    _ buffer: BufferID, at index: Index, lanes: Int = 1, stride: Int = 1, mask: Expression? = nil
  ) -> Expression {
    .load(buffer, at: index, ValueType(buffers[buffer.index].element, lanes: lanes), stride: stride, mask: mask)
  }

  package func kernel(named name: String) -> Kernel { Kernel(name: name, buffers: buffers, body: blocks[0]) }

  private mutating func emit(_ statement: Statement) { blocks[blocks.count - 1].append(statement) }

  private mutating func nested(_ body: (inout KernelBuilder) -> Void) -> [Statement] {
    blocks.append([])
    body(&self)
    return blocks.removeLast()
  }
}
