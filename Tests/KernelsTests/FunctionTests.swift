import CodeGen
import Glibc
import Kernels
import LoopIR
import Testing

/// The C library's, for comparison.
func exponential(_ value: Double) -> Double { Glibc.exp(value) }

/// Our own polynomials against the C library in f64, interpreted and compiled.
@Suite struct FunctionTests {
  struct Function: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// How far results may be off, in units in the last place.
    let tolerance: Double
    /// Whether results that are smaller than normal numbers are 0.
    var hasNoSubnormals = false
    let compute: @Sendable (Expression, inout KernelBuilder) -> Expression
    let exact: @Sendable (Double) -> Double
  }

  static let functions = [
    Function(
      testDescription: "exp", tolerance: 2, hasNoSubnormals: true, compute: { exponential($0, in: &$1) },
      exact: { Glibc.exp($0) }),
    Function(
      testDescription: "tanh", tolerance: 6, compute: { hyperbolicTangent($0, in: &$1) },
      exact: { Glibc.tanh($0) }),
  ]

  private static let lanes = 16

  /// The whole domain of exp and beyond, closer around where something changes.
  private static let inputs: [Float] = {
    var values: [Float] = [
      0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
      .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, -1, 0.5, -0.5,
    ]
    for step in 0..<20_000 {
      values.append(-110 + 220 * Float(step) / 20_000)
      values.append(-1 + 2 * Float(step) / 20_000)
    }
    for exponent in -40..<0 { values += [scalbn(1.3, exponent), scalbn(-1.7, exponent)] }
    for edge: Float in [-87.336_54, 88.722_84, 0, 0.346_573_6, -0.346_573_6, 0.45, -0.45] {
      var (below, above) = (edge, edge)
      for _ in 0..<50 {
        values += [below, above]
        (below, above) = (below.nextDown, above.nextUp)
      }
    }
    while values.count % lanes != 0 { values.append(0) }
    return values
  }()

  private func kernel(of function: Function) -> Kernel {
    var builder = KernelBuilder()
    let input = builder.buffer("input", .f32, .read)
    let output = builder.buffer("output", .f32, .write)
    builder.loop("index", to: .constant(Self.inputs.count), step: Self.lanes) { builder, index in
      let value = builder.load(input, at: index, lanes: Self.lanes)
      builder.store(function.compute(value, &builder), to: output, at: index)
    }
    return builder.kernel(named: function.testDescription)
  }

  private func check(_ results: [Float], of function: Function, sourceLocation: SourceLocation = #_sourceLocation) {
    var wrong: [String] = []
    for (input, found) in zip(Self.inputs, results) {
      let exact = function.exact(Double(input))
      let expected = Float(exact)
      let isRight =
        if !expected.isFinite {
          found == expected || found.isNaN && expected.isNaN
        } else if function.hasNoSubnormals, expected < .leastNormalMagnitude {
          found == 0
        } else {
          abs(Double(found) - exact) <= function.tolerance * Double(expected.ulp)
        }
      if !isRight { wrong.append("of \(input) is \(expected), found \(found)") }
    }
    #expect(results.count == Self.inputs.count, sourceLocation: sourceLocation)
    #expect(wrong.isEmpty, "\(wrong.count) wrong, such as \(wrong.prefix(3))", sourceLocation: sourceLocation)
  }

  @Test(arguments: functions)
  func interpreted(function: Function) throws {
    let results = try interpret(
      kernel(of: function), on: [Self.inputs], resultCount: Self.inputs.count, chunkCount: 1, batch: 1)
    check(results, of: function)
  }

  @Test(arguments: functions, Target.names.compactMap { try? Target(named: $0) }.filter(\.runsOnHost))
  func compiled(function: Function, target: Target) throws {
    let jit = try JIT([kernel(of: function)], for: target)
    let memory = [Self.inputs, [Float](repeating: -9, count: Self.inputs.count)].map { elements in
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: elements.count * 4, alignment: 64)
      elements.withUnsafeBytes { buffer.copyMemory(from: $0) }
      return buffer
    }
    defer { for buffer in memory { buffer.deallocate() } }
    // The code lives as long as the JIT does.
    withExtendedLifetime(jit) { $0.functions[0](memory.map(\.baseAddress), 1, 0) }
    check(Array(memory[1].bindMemory(to: Float.self)), of: function)
  }
}
