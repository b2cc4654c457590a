import LoopIR
import Testing

/// A kernel that breaks one rule, and what the verifier says.
struct InvalidKernel: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let kernel: Kernel
  let messages: [String]

  init(_ name: String, _ messages: String..., build: (inout KernelBuilder, BufferID, BufferID) -> Void) {
    var builder = KernelBuilder()
    let input = builder.buffer("in", .f32, .read)
    let output = builder.buffer("out", .f32, .write)
    build(&builder, input, output)
    testDescription = name
    kernel = builder.kernel(named: "test")
    self.messages = messages
  }
}

private let one = Expression.constant(1, .f32)
private let vector = Expression.constant(1, .f32(8))
private let integer = Expression.constant(1, ValueType(.i32))

private func storing(_ value: Expression) -> (inout KernelBuilder, BufferID, BufferID) -> Void {
  { builder, _, output in builder.store(value, to: output, at: 0) }
}

private let invalidScopes: [InvalidKernel] = [
  InvalidKernel("variable after its loop", "the variable 'i' is not in reach") { builder, _, output in
    var escaped: Index = 0
    builder.loop("i", to: .batch) { _, i in escaped = i }
    builder.store(one, to: output, at: escaped + 1)
  },
  InvalidKernel("binding of another branch", "a binding is used where it is not in reach") { builder, _, output in
    var escaped = one
    builder.conditional(Condition(.batch, .less, 3)) { escaped = $0.bind(one) }
    builder.store(escaped, to: output, at: 0)
  },
  InvalidKernel("register of a loop", "a register is read that may not have been assigned") { builder, _, output in
    let register = Register(id: 99, type: .f32)
    builder.loop("i", to: .batch) { builder, _ in builder.assign(register, one) }
    builder.store(.register(register), to: output, at: 0)
  },
  InvalidKernel("register of one branch", "a register is read that may not have been assigned") { builder, _, output in
    let register = Register(id: 99, type: .f32)
    builder.conditional(Condition(.batch, .less, 3)) {
      $0.assign(register, one)
    }
    builder.store(.register(register), to: output, at: 0)
  },
  InvalidKernel("register of another type", "the value is f32x8, not f32") { builder, _, _ in
    let register = builder.register(one)
    builder.assign(register, vector)
  },
  InvalidKernel("downward loop", "a loop's step must be positive, not -1") { builder, _, _ in
    builder.loop("i", to: .batch, step: -1) { _, _ in }
  },
]

private let invalidMemory: [InvalidKernel] = [
  InvalidKernel("store to an input", "buffer 'in' is declared for read only") { builder, input, _ in
    builder.store(one, to: input, at: 0)
  },
  InvalidKernel("load from an output", "buffer 'out' is declared for write only") { builder, _, output in
    builder.store(builder.load(output, at: 0), to: output, at: 0)
  },
  InvalidKernel("another element", "buffer 'out' holds f32, not i32") { storing(integer)(&$0, $1, $2) },
  InvalidKernel("no such buffer", "there is no buffer 7") { builder, _, _ in
    builder.store(one, to: BufferID(7), at: 0)
  },
  InvalidKernel("stride of zero", "a stride must be positive, not 0") { builder, _, output in
    builder.store(vector, to: output, at: 0, stride: 0)
  },
  InvalidKernel("mask of other lanes", "the mask is maskx4, not maskx8") { builder, _, output in
    builder.store(vector, to: output, at: 0, mask: .firstLanes(3, lanes: 4))
  },
  InvalidKernel("index divided by zero", "an index is divided by 0, which is not positive") { builder, _, output in
    builder.store(one, to: output, at: .quotient(.chunk, 0))
  },
  InvalidKernel("odd alignment", "buffer 'odd' of f64 cannot be aligned to 12 bytes") { builder, _, _ in
    _ = builder.buffer("odd", .f64, .read, alignment: 12)
  },
]

private let invalidExpressions: [InvalidKernel] = [
  InvalidKernel("operands differ", "the operands of 'add' differ: f32, f32x8", "'not' does not take f32") {
    storing(.unary(.complement, one + vector))(&$0, $1, $2)
  },
  InvalidKernel("bits of a float", "'and' does not take f32", build: storing(.binary(.and, one, one))),
  InvalidKernel(
    "fma of integers", "'fma' does not take i32", "buffer 'out' holds f32, not i32",
    build: storing(.fusedMultiplyAdd(integer, integer, integer))),
  InvalidKernel(
    "computing with bf16", "'multiply' does not take bf16", "buffer 'out' holds f32, not bf16",
    build: storing(.constant(1, ValueType(.bf16)) * .constant(1, ValueType(.bf16)))),
  InvalidKernel(
    "division by zero", "integers are divided by positive constants only", "buffer 'out' holds f32, not i32",
    build: storing(integer / .constant(0, ValueType(.i32)))),
  InvalidKernel(
    "wide shift", "a shift count must be less than 32", "buffer 'out' holds f32, not i32",
    build: storing(.binary(.shiftLeft, integer, .constant(32, ValueType(.i32))))),
  InvalidKernel(
    "constant out of range", "256.0 is no value of u8", "buffer 'out' holds f32, not u8",
    build: storing(.constant(256, ValueType(.u8)))),
  InvalidKernel(
    "splat of a vector", "only a scalar can be spread, not f32x8", build: storing(.splat(vector, lanes: 4))),
  InvalidKernel(
    "mask of a number", "only a comparison makes a mask of numbers", "buffer 'out' holds f32, not mask",
    build: storing(.convert(one, to: .mask))),
  InvalidKernel(
    "bits of another size", "the bits of f32 cannot be read as f64", "buffer 'out' holds f32, not f64",
    build: storing(.bitcast(one, to: .f64))),
  InvalidKernel(
    "lane out of range", "a shuffle chooses lanes that are not among 16",
    build: storing(.shuffle([0, 16], vector, vector))),
  InvalidKernel(
    "reduction of three lanes", "3 lanes cannot be halved down to one",
    build: storing(.reduce(.add, .constant(0, .f32(3))))),
  InvalidKernel(
    "dot of floats", "there is no dot of f32x8 and f32x8 to f32x8",
    build: storing(.dot(accumulator: vector, vector, vector))),
  InvalidKernel("no lanes", "a value cannot have 0 lanes", build: storing(.constant(0, .f32(0)))),
]

@Test(arguments: invalidScopes + invalidMemory + invalidExpressions)
func invalidKernelsAreExplained(sample: InvalidKernel) {
  #expect(sample.kernel.verify().map(\.message) == sample.messages)
}

@Test func errorsNameTheStatement() throws {
  var builder = KernelBuilder()
  let input = builder.buffer("in", .f32, .read)
  builder.loop("i", to: .batch) { builder, i in
    let value = builder.bind(builder.load(input, at: i))
    builder.store(value, to: input, at: i * 2)
  }
  let error = try #require(builder.kernel(named: "copy").verify().first)
  #expect("\(error)" == "kernel 'copy': in `in[i * 2] := %0`: buffer 'in' is declared for read only")
}
