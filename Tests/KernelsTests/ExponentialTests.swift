import CodeGen
import Foundation
import Kernels
import LoopIR
import Testing

/// The C library's, for comparison.
func exponential(_ value: Double) -> Double { Foundation.exp(value) }

@Suite struct ExponentialTests {
  private static let lanes = 16

  /// Its whole domain and beyond, closer around where results begin and end.
  private static let inputs: [Float] = {
    var values: [Float] = [
      0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
      .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, -1, 0.5, -0.5,
    ]
    for step in 0..<40_000 { values.append(-110 + 220 * Float(step) / 40_000) }
    for edge: Float in [-87.336_54, 88.722_84, 0, 0.346_573_6, -0.346_573_6] {
      var (below, above) = (edge, edge)
      for _ in 0..<50 {
        values += [below, above]
        (below, above) = (below.nextDown, above.nextUp)
      }
    }
    while values.count % lanes != 0 { values.append(0) }
    return values
  }()

  private static let kernel: Kernel = {
    var builder = KernelBuilder()
    let input = builder.buffer("input", .f32, .read)
    let output = builder.buffer("output", .f32, .write)
    builder.loop("index", to: .constant(inputs.count), step: lanes) { builder, index in
      let value = builder.load(input, at: index, lanes: lanes)
      builder.store(exponential(value, in: &builder), to: output, at: index)
    }
    return builder.kernel(named: "exponential")
  }()

  /// Within two units in the last place; what is smaller than normal numbers is 0.
  private func check(_ results: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
    var wrong: [String] = []
    for (input, found) in zip(Self.inputs, results) {
      let exact = Foundation.exp(Double(input))
      let expected = Float(exact)
      let isRight =
        if input.isNaN {
          found.isNaN
        } else if expected == .infinity {
          found == .infinity
        } else if expected < .leastNormalMagnitude {
          found == 0
        } else {
          abs(Double(found) - exact) <= 2 * Double(expected.ulp)
        }
      if !isRight { wrong.append("exp(\(input)) is \(expected), found \(found)") }
    }
    #expect(results.count == Self.inputs.count, sourceLocation: sourceLocation)
    #expect(wrong.isEmpty, "\(wrong.count) wrong, such as \(wrong.prefix(3))", sourceLocation: sourceLocation)
  }

  @Test func interpreted() throws {
    check(
      try interpret(Self.kernel, on: [Self.inputs], resultCount: Self.inputs.count, chunkCount: 1, batch: 1))
  }

  @Test(arguments: Target.names.compactMap { try? Target(named: $0) }.filter(\.runsOnHost))
  func compiled(target: Target) throws {
    let jit = try JIT([Self.kernel], for: target)
    let memory = [Self.inputs, [Float](repeating: -1, count: Self.inputs.count)].map { elements in
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: elements.count * 4, alignment: 64)
      elements.withUnsafeBytes { buffer.copyMemory(from: $0) }
      return buffer
    }
    defer { for buffer in memory { buffer.deallocate() } }
    // The code lives as long as the JIT does.
    withExtendedLifetime(jit) { $0.functions[0](memory.map(\.baseAddress), 1, 0) }
    check(Array(memory[1].bindMemory(to: Float.self)))
  }
}
