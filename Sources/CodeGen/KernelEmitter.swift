import LLVMKit
import LoopIR

/// Writes one kernel as an LLVM function `void name(char *const *operands, int64_t n, int64_t chunk)`.
///
/// No pass over LLVM's IR runs afterwards, so what is emitted is already in SSA form, with index arithmetic shared
/// and outside the loops that it does not depend on. Registers become phis; addresses are a pointer computed where
/// its variables are defined plus a constant that instruction selection folds into the addressing mode.
struct KernelEmitter {
  let kernel: Kernel
  let target: Target
  let module: Module
  let function: Function
  let builder: Builder
  let types: TypeTable

  /// What the bindings and registers in reach are now.
  var bindings: [Binding: Value] = [:]
  var registers: [Register: Value] = [:]
  /// The addresses of the buffers.
  var basePointers: [Value] = []
  var indices: IndexScopes

  /// Adds the kernel's function to the module.
  static func emit(_ kernel: Kernel, as name: String, for target: Target, into module: Module) throws {
    var emitter = KernelEmitter(kernel, as: name, for: target, into: module)
    try emitter.emitBody()
  }

  private init(_ kernel: Kernel, as name: String, for target: Target, into module: Module) {
    self.kernel = kernel
    self.target = target
    self.module = module
    types = TypeTable(module.context)
    function = module.addFunction(
      name, type: .function([types.bytePointer.pointer, types.i64, types.i64], returning: types.void))
    builder = Builder(in: module.context)
    indices = IndexScopes()
    function.addAttribute("nounwind")
    for (attribute, value) in target.functionAttributes { function.addAttribute(attribute, value) }
  }

  private mutating func emitBody() throws {
    builder.move(toEndOf: function.appendBlock("entry"))
    indices.enterScope()
    indices.define(.batch, as: function.parameter(1))
    indices.define(.chunk, as: function.parameter(2))
    for position in kernel.buffers.indices {
      let slot = builder.advance(
        builder.typed(function.parameter(0), types.i8), by: types.i64.constant(position * 8), byte: types.i8)
      basePointers.append(builder.load(types.bytePointer, from: slot, alignment: 8))
    }
    try emit(kernel.body)
    // Who waits for the chunk reads what it wrote.
    if kernel.buffers.contains(where: \.isStreamed) { builder.fence() }
    builder.returnVoid()
  }

  // MARK: Statements

  mutating func emit(_ statements: [Statement]) throws {
    for statement in statements { try emit(statement) }
  }

  private mutating func emit(_ statement: Statement) throws {
    switch statement {
    case .loop(let variable, let lower, let upper, let step, let body):
      try emitLoop(variable, from: lower, to: upper, step: step, body)
    case .conditional(let condition, let first, let second):
      try emitConditional(condition, then: first, else: second)
    case .bind(let binding, let expression):
      bindings[binding] = try emit(expression)
    case .assign(let register, let expression):
      registers[register] = try emit(expression)
    case .store(let buffer, let index, let expression, let stride, let mask):
      try emitStore(expression, to: buffer, at: index, stride: stride, mask: mask)
    case .forgetLoads:
      builder.compilerFence()
    case .prefetch(let buffer, let index):
      try emitPrefetch(buffer, at: index)
    }
  }

  /// The loop tests its condition at the end, and before it begins unless it surely runs.
  private mutating func emitLoop(
    _ variable: IndexVariable, from lower: Index, to upper: Index, step: Int, _ body: [Statement]
  ) throws {
    let first = value(of: lower)
    let end = value(of: upper)
    let outer = registers
    let carried = assignedRegisters(in: body).filter { outer[$0] != nil }.sorted { $0.id < $1.id }

    let before = builder.block
    let loop = function.appendBlock(variable.name)
    let after = function.appendBlock("after.\(variable.name)")
    let surelyRuns = surelyLess(lower, upper)
    if surelyRuns {
      builder.branch(to: loop)
    } else {
      builder.branch(if: builder.compareIntegers(.signedLess, first, end), to: loop, else: after)
    }

    builder.move(toEndOf: loop)
    let counter = builder.phi(types.i64)
    let phis = carried.map { register in
      let phi = builder.phi(types[register.type])
      registers[register] = phi
      return phi
    }
    indices.enterScope(below: before)
    indices.define(variable, as: counter, multipleOf: alignment(of: lower, step: step))
    try emit(body)
    let next = builder.addIndices(counter, types.i64.constant(step))
    let latch = builder.block
    builder.branch(if: builder.compareIntegers(.signedLess, next, end), to: loop, else: after)
    indices.leaveScope()

    counter.addIncoming(first, from: before)
    counter.addIncoming(next, from: latch)
    let inner = registers
    registers = outer
    builder.move(toEndOf: after)
    for (register, phi) in zip(carried, phis) {
      guard let initial = outer[register], let last = inner[register] else { continue }
      phi.addIncoming(initial, from: before)
      phi.addIncoming(last, from: latch)
      registers[register] = surelyRuns ? last : merge(initial, from: before, last, from: latch)
    }
  }

  private func surelyLess(_ lower: Index, _ upper: Index) -> Bool {
    guard let first = lower.constantValue, let end = upper.constantValue else { return false }
    return first < end
  }

  private func alignment(of lower: Index, step: Int) -> Int {
    Swift.min(indices.powerOfTwoDivisor(of: lower), lowestBit(step))
  }

  private mutating func emitConditional(
    _ condition: Condition, then first: [Statement], else second: [Statement]
  ) throws {
    let left = value(of: condition.left)
    let right = value(of: condition.right)
    let test = builder.compareIntegers(condition.comparison.signedPredicate, left, right)
    let outer = registers
    let before = builder.block
    let blocks = (function.appendBlock("then"), function.appendBlock("else"), function.appendBlock("after"))
    builder.branch(if: test, to: blocks.0, else: blocks.1)

    let (firstEnd, firstRegisters) = try emitBranch(first, in: blocks.0, below: before, continuingAt: blocks.2)
    registers = outer
    let (secondEnd, secondRegisters) = try emitBranch(second, in: blocks.1, below: before, continuingAt: blocks.2)
    builder.move(toEndOf: blocks.2)
    registers = outer
    for register in firstRegisters.keys.sorted(by: { $0.id < $1.id }) {
      guard let a = firstRegisters[register], let b = secondRegisters[register] else { continue }
      registers[register] = a == b ? a : merge(a, from: firstEnd, b, from: secondEnd)
    }
  }

  /// Returns the block in which the branch ends, and the registers there.
  private mutating func emitBranch(
    _ body: [Statement], in block: Block, below before: Block, continuingAt after: Block
  ) throws -> (Block, [Register: Value]) {
    builder.move(toEndOf: block)
    indices.enterScope(below: before)
    try emit(body)
    indices.leaveScope()
    let end = builder.block
    builder.branch(to: after)
    return (end, registers)
  }

  private func merge(_ a: Value, from first: Block, _ b: Value, from second: Block) -> Value {
    let phi = builder.phi(a.type)
    phi.addIncoming(a, from: first)
    phi.addIncoming(b, from: second)
    return phi
  }
}

/// The registers that the statements assign, at any depth.
private func assignedRegisters(in statements: [Statement]) -> Set<Register> {
  var registers: Set<Register> = []
  for statement in statements {
    switch statement {
    case .loop(_, _, _, _, let body): registers.formUnion(assignedRegisters(in: body))
    case .conditional(_, let first, let second):
      registers.formUnion(assignedRegisters(in: first))
      registers.formUnion(assignedRegisters(in: second))
    case .assign(let register, _): registers.insert(register)
    case .bind, .store, .forgetLoads, .prefetch: break
    }
  }
  return registers
}
