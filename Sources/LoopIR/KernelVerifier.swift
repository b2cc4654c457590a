/// Why a kernel is not valid. Kernels are made by the compiler, so each is a defect of it.
package struct KernelError: Error, Hashable, CustomStringConvertible {
  package let kernel: String
  /// The statement at fault, as text, without the bodies in it; nil where it is the kernel as a whole.
  package let statement: String?
  package let message: String

  package var description: String {
    "kernel '\(kernel)': \(statement.map { "in `\($0)`: " } ?? "")\(message)"
  }
}

extension Kernel {
  /// Checks what code generation and the interpreter take for granted, and returns all that is wrong.
  ///
  /// Invariants:
  /// 1. A variable, binding or register is used only where it is in reach, with the type that it was defined with.
  /// 2. A binding is made once. A register is assigned on every way to where it is read; what a loop's body assigns
  ///    first is not assigned after the loop, which may run no time.
  /// 3. Loops and strides go up; indices are divided by positive constants.
  /// 4. Operands of one operator have one type, of a kind that the operator takes; masks have as many lanes.
  /// 5. Integers are divided by positive constants; constant shift counts are less than the width.
  /// 6. Loads and stores are of the buffer's element type, from buffers that may be read, to those that may be
  ///    written.
  /// 7. Shuffles choose lanes that exist; reductions are of a power of two lanes.
  /// 8. Buffers are aligned to a power of two that is no less than an element.
  package func verify() -> [KernelError] {
    var verifier = KernelVerifier(self)
    verifier.verify()
    return verifier.errors
  }
}

/// Walks a kernel in the order in which it runs, and knows what is defined there.
struct KernelVerifier {
  let kernel: Kernel
  private(set) var errors: [KernelError] = []
  var variables: Set<IndexVariable> = [.batch, .chunk]
  var bindings: Set<Binding> = []
  var registers: Set<Register> = []
  private var usedIDs: Set<Int> = []
  private var statement: Statement?

  init(_ kernel: Kernel) { self.kernel = kernel }

  mutating func verify() {
    for buffer in kernel.buffers {
      let alignment = buffer.alignment
      require(
        alignment >= buffer.element.byteCount && alignment.nonzeroBitCount == 1 && buffer.element != .mask,
        "buffer '\(buffer.name)' of \(buffer.element.rawValue) cannot be aligned to \(alignment) bytes")
    }
    verify(kernel.body)
  }

  mutating func require(_ condition: Bool, _ message: @autoclosure () -> String) {
    guard !condition else { return }
    var printer = KernelPrinter(kernel.buffers)
    // Once the whole kernel is printed, names are those of its text.
    printer.print(kernel)
    errors.append(
      KernelError(
        kernel: kernel.name, statement: statement.map { printer.head(of: $0) }, message: message()))
  }

  // MARK: Statements

  private mutating func verify(_ statements: [Statement]) {
    for next in statements {
      statement = next
      verify(next)
    }
  }

  private mutating func verify(_ next: Statement) {
    switch next {
    case .loop(let variable, let lower, let upper, let step, let body):
      verify(lower)
      verify(upper)
      require(step > 0, "a loop's step must be positive, not \(step)")
      takeID(variable.id)
      scoped { verifier in
        verifier.variables.insert(variable)
        verifier.verify(body)
      }
    case .conditional(let condition, let first, let second):
      verify(condition.left)
      verify(condition.right)
      let assignedFirst = scoped { $0.verify(first) }
      let assignedSecond = scoped { $0.verify(second) }
      registers = assignedFirst.intersection(assignedSecond)
    case .bind(let binding, let expression):
      verify(expression)
      requireType(of: expression, binding.type)
      takeID(binding.id)
      bindings.insert(binding)
    case .assign(let register, let expression):
      verify(expression)
      requireType(of: expression, register.type)
      registers.insert(register)
    case .store(let buffer, let index, let expression, let stride, let mask):
      verify(expression)
      verifyAccess(to: buffer, at: index, expression.type, stride: stride, mask: mask, denied: .read)
    case .forgetLoads: break
    case .prefetch(let buffer, let index):
      verify(index)
      require(kernel.buffers.indices.contains(buffer.index), "there is no buffer \(buffer.index)")
    }
  }

  /// Verifies a body; what it defines is out of reach afterwards. Returns the registers that are assigned at its end.
  @discardableResult
  private mutating func scoped(_ body: (inout KernelVerifier) -> Void) -> Set<Register> {
    let outer = (variables, bindings, registers)
    body(&self)
    let assigned = registers
    (variables, bindings, registers) = outer
    return assigned
  }

  private mutating func takeID(_ id: Int) {
    require(usedIDs.insert(id).inserted, "the number \(id) is defined twice")
  }

  private mutating func requireType(of expression: Expression, _ type: ValueType) {
    require(expression.type == type, "the value is \(expression.type), not \(type)")
  }

  // MARK: Memory

  /// `denied` is the declared access that rules this one out.
  mutating func verifyAccess(
    to buffer: BufferID, at index: Index, _ type: ValueType, stride: Int, mask: Expression?, denied: Buffer.Access
  ) {
    verify(index)
    require(stride > 0, "a stride must be positive, not \(stride)")
    if let mask {
      verify(mask)
      requireMask(mask, lanes: type.lanes)
    }
    guard kernel.buffers.indices.contains(buffer.index) else {
      return require(false, "there is no buffer \(buffer.index)")
    }
    let declared = kernel.buffers[buffer.index]
    require(
      declared.element == type.scalar,
      "buffer '\(declared.name)' holds \(declared.element.rawValue), not \(type.scalar.rawValue)")
    require(
      declared.access != denied,
      "buffer '\(declared.name)' is declared for \(declared.access.rawValue) only")
  }

  // MARK: Indices

  mutating func verify(_ index: Index) {
    switch index {
    case .constant: break
    case .variable(let variable):
      require(variables.contains(variable), "the variable '\(variable.name)' is not in reach")
    case .sum(let a, let b), .difference(let a, let b), .product(let a, let b), .minimum(let a, let b),
      .maximum(let a, let b):
      verify(a)
      verify(b)
    case .quotient(let a, let divisor), .remainder(let a, let divisor):
      verify(a)
      require(divisor > 0, "an index is divided by \(divisor), which is not positive")
    }
  }
}
