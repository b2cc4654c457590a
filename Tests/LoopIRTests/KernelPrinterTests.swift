import LoopIR
import Testing

import struct Foundation.URL

/// The kernel of docs/ir.md: a row of dot products with a bias, the last lanes of which are masked.
func sampleKernel() -> Kernel {
  var builder = KernelBuilder()
  let input = builder.buffer("input", .f32, .read)
  let weights = builder.buffer("weights", .f32, .read, alignment: 32)
  let output = builder.buffer("output", .f32, .update, aliasSet: 1)
  let image = Index.chunk / 2
  builder.loop("column", from: Index.chunk % 2 * 8, to: .min(.batch * 8, 40), step: 8) { builder, column in
    let sum = builder.register(.constant(0.5, .f32(8)))
    builder.loop("k", to: 10) { builder, k in
      let row = builder.bind(builder.load(weights, at: k * 40 + column, lanes: 8))
      builder.assign(
        sum, .fusedMultiplyAdd(.splat(builder.load(input, at: image * 10 + k), lanes: 8), row, .register(sum)))
    }
    builder.conditional(Condition(column, .less, 32)) { builder in
      builder.store(.max(.register(sum), .constant(0, .f32(8))), to: output, at: image * 40 + column)
    } else: { builder in
      let mask = Expression.firstLanes(40 - column, lanes: 8)
      let old = builder.load(output, at: image * 40 + column, lanes: 8, stride: 2, mask: mask)
      builder.store((old + .register(sum)) * .constant(2, .f32(8)), to: output, at: image * 40 + column, mask: mask)
    }
  }
  return builder.kernel(named: "rows")
}

@Test func kernelsPrintAsDocumented() throws {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let document = try String(contentsOf: root.appending(path: "docs/ir.md"), encoding: .utf8)
  let block = try #require(document.split(separator: "```apus-loops\n").last?.split(separator: "```").first)
  #expect(sampleKernel().description == block)
  #expect(sampleKernel().verify() == [])
}

@Test(arguments: [
  (Expression.unary(.negate, .constant(-0.0, .f32)), "negate(f32(-0.0))"),
  (.binary(.shiftRightLogical, .index(.batch - .chunk), .constant(3, ValueType(.i64))), "index(N - chunk) >>> i64(3)"),
  (.compare(.notEqual, .constant(.nan, .f32), .constant(1e30, .f32)), "f32(nan) != f32(1e+30)"),
  (
    .select(.firstLanes(3, lanes: 4), .constant(1, .f32(4)), .constant(2, .f32(4))),
    "select(first(3, 4), f32x4(1), f32x4(2))"
  ),
  (.convert(.bitcast(.constant(1, .f32), to: .i32), to: .u8), "convert(bitcast(f32(1), i32), u8)"),
  (
    .reduce(.maximum, .shuffle([1, 0], .constant(1, .f32(2)), .constant(2, .f32(2)))),
    "reduce(max, shuffle([1, 0], f32x2(1), f32x2(2)))"
  ),
])
func expressionsPrint(expression: Expression, text: String) {
  var builder = KernelBuilder()
  let output = builder.buffer("out", expression.type.scalar, .write)
  builder.store(expression, to: output, at: 0)
  #expect(builder.kernel(named: "k").description.contains("  out[0] := \(text)\n"))
}

@Test func statementsWithoutOperandsPrint() {
  var builder = KernelBuilder()
  builder.forgetLoads()
  #expect(builder.kernel(named: "k").description == "kernel k {\n  forget loads\n}\n")
}

@Test func streamedBuffersPrint() {
  var builder = KernelBuilder()
  _ = builder.buffer("out", .f32, .write, aliasSet: 0, isStreamed: true)
  #expect(
    builder.kernel(named: "k").description.contains("  buffer out: write f32, aligned 64, overlaps set 0, streamed\n"))
}

@Test func prefetchesPrint() {
  var builder = KernelBuilder()
  let input = builder.buffer("in", .f32, .read)
  builder.prefetch(input, at: 7)
  #expect(builder.kernel(named: "k").description.contains("  prefetch in[7]\n"))
}

@Test func variablesOfOneNameAreToldApart() {
  var builder = KernelBuilder()
  let output = builder.buffer("out", .f32, .write)
  builder.loop("i", to: 4) { builder, outer in
    builder.loop("i", to: 5) { builder, inner in
      builder.store(.constant(0, .f32), to: output, at: outer * 5 + inner)
    }
  }
  #expect(builder.kernel(named: "k").description.contains("out[i * 5 + i2] := f32(0)"))
}
