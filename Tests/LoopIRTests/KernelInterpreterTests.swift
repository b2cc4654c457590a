import LoopIR
import Testing

/// Runs the kernel over arrays of f32, and returns what they hold afterwards.
private func run(
  _ kernel: Kernel, _ arrays: [[Float]], batch: Int = 1, chunk: Int = 0, fusing: Bool = true
) throws -> [[Float]] {
  let memory = arrays.map { array in
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: array.count * 4, alignment: 64)
    array.withUnsafeBytes { buffer.copyMemory(from: $0) }
    return buffer
  }
  defer { for buffer in memory { buffer.deallocate() } }
  try kernel.interpret(operands: memory, batch: batch, chunk: chunk, fusingMultiplyAdd: fusing)
  return memory.map { Array($0.bindMemory(to: Float.self)) }
}

/// A kernel of one load from `in` and one store to `out`.
private func copying(
  from: Index, to: Index, lanes: Int = 1, stride: Int = 1, mask: Expression? = nil
) -> Kernel {
  var builder = KernelBuilder()
  let input = builder.buffer("in", .f32, .read)
  let output = builder.buffer("out", .f32, .write)
  builder.store(builder.load(input, at: from, lanes: lanes, stride: stride, mask: mask), to: output, at: to)
  return builder.kernel(named: "copy")
}

@Test func interpreterComputesRows() throws {
  let input: [Float] = (0..<20).map { Float($0 % 4) }
  let weights: [Float] = (0..<400).map { Float($0 % 3) - 1 }
  let results = try run(sampleKernel(), [input, weights, Array(repeating: -9, count: 96)], batch: 5, chunk: 2)
  func sum(_ column: Int) -> Float {
    var sum: Float = 0.5
    for k in 0..<10 { sum += input[10 + k] * weights[k * 40 + column] }
    return sum
  }
  for column in 0..<32 { #expect(results[2][40 + column] == max(sum(column), 0)) }
  // The last eight columns are added to what every second element was, and doubled.
  for column in 32..<40 { #expect(results[2][40 + column] == (sum(column) - 9) * 2) }
}

@Test(arguments: [
  (copying(from: 4, to: 0), "it loads element 4 of buffer 'in', which has 4"),
  (copying(from: .chunk - 1, to: 0), "it loads element -1 of buffer 'in', which has 4"),
  (copying(from: 0, to: 2, lanes: 4), "it stores to element 4 of buffer 'out', which has 4"),
  (copying(from: 0, to: 0, lanes: 2, stride: 4), "it loads element 4 of buffer 'in', which has 4"),
  (copying(from: (.chunk - 3) / 2, to: 0), "the index -3 is divided by 2"),
])
func interpreterChecksBounds(kernel: Kernel, message: String) {
  let error = #expect(throws: InterpreterError.self) {
    try run(kernel, [[1, 2, 3, 4], [5, 6, 7, 8]])
  }
  #expect(error?.message == message)
}

@Test func maskedLanesAreNotTouched() throws {
  let kernel = copying(from: 2, to: 0, lanes: 4, mask: .firstLanes(2, lanes: 4))
  #expect(try run(kernel, [[1, 2, 3, 4], [5, 6, 7, 8]])[1] == [3, 4, 0, 0])
}

@Test func operandsAreCounted() {
  let error = #expect(throws: InterpreterError.self) { try run(copying(from: 0, to: 0), [[1]]) }
  #expect(error?.message == "it takes 2 operands, and was given 1")
}

@Test(arguments: [(true, Float(0x1p-24)), (false, 0)])
func multiplyAddFollowsTheTarget(fusing: Bool, expected: Float) throws {
  var builder = KernelBuilder()
  let output = builder.buffer("out", .f32, .write)
  // The square of 1 + 2^-12 is 1 + 2^-11 + 2^-24, of which rounding to f32 leaves the last term out.
  let root = Expression.constant(1 + 0x1p-12, .f32)
  builder.store(.fusedMultiplyAdd(root, root, .constant(-1 - 0x1p-11, .f32)), to: output, at: 0)
  #expect(try run(builder.kernel(named: "fma"), [[9]], fusing: fusing) == [[expected]])
}
