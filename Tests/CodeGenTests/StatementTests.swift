import CodeGen
import LoopIR
import Testing

/// Loops, conditions, and registers that are carried through them.
private let controlFlow: [KernelSample] = [
  KernelSample("loops that may not run") { builder in
    let input = builder.buffer("in", .f32, .read)
    let output = builder.buffer("out", .f32, .write)
    builder.loop("i", to: 8) { builder, i in
      let sum = builder.register(.constant(1, .f32))
      // Runs no time for small i, and then the register is what it was.
      builder.loop("j", from: 3, to: .min(i, .batch + 3)) { builder, j in
        builder.assign(sum, .register(sum) + builder.load(input, at: 64 + i * 8 + j))
      }
      builder.store(.register(sum), to: output, at: i)
    }
  },
  KernelSample("three loops and two accumulators") { builder in
    let input = builder.buffer("in", .i32, .read)
    let output = builder.buffer("out", .i32, .write)
    let sum = builder.register(.constant(0, ValueType(.i32, lanes: 4)))
    let last = builder.register(.constant(7, ValueType(.i32)))
    builder.loop("i", to: .batch) { builder, i in
      builder.loop("j", from: i, to: 4) { builder, j in
        builder.loop("k", from: 1, to: 9, step: 3) { builder, k in
          let value = builder.bind(builder.load(input, at: 64 + i * 16 + j * 4 + k))
          builder.assign(sum, .register(sum) + .splat(value, lanes: 4))
          builder.assign(last, value)
        }
      }
      builder.store(.register(sum), to: output, at: i * 4)
    }
    builder.store(.register(last), to: output, at: 100)
  },
  KernelSample("conditions that assign registers") { builder in
    let input = builder.buffer("in", .f32, .read)
    let output = builder.buffer("out", .f32, .write)
    builder.loop("i", to: 16) { builder, i in
      let value = builder.register(builder.load(input, at: i + 64))
      builder.conditional(Condition(i % 4, .less, .batch)) { builder in
        builder.assign(value, .register(value) * .constant(2, .f32))
        builder.conditional(Condition(i, .equal, 5)) { builder in
          builder.assign(value, .constant(-1, .f32))
        }
      } else: { builder in
        builder.loop("j", to: i) { builder, j in
          builder.assign(value, .register(value) + builder.load(input, at: j * i + 5))
        }
      }
      builder.store(.register(value), to: output, at: i)
    }
  },
  KernelSample("a store in one branch") { builder in
    let output = builder.buffer("out", .s8, .update)
    builder.loop("i", to: 100) { builder, i in
      builder.conditional(Condition(i * i, .greaterOrEqual, .chunk * 500)) { builder in
        builder.store(.convert(.index(i), to: .s8), to: output, at: i)
      }
    }
  },
]

/// Index arithmetic of every kind, in and out of loops.
private let indexArithmetic: [KernelSample] = [
  KernelSample("chunks decoded") { builder in
    let output = builder.buffer("out", .i64, .write)
    let row = Index.chunk / 3
    let column = Index.chunk % 3
    builder.loop("i", to: 5) { builder, i in
      let mixed = (i * 7 + row) * .constant(11) + column * .max(i, 2) + Index.min(i * i, .batch * 2) / 2
      builder.store(.index(mixed), to: output, at: i * 3 + column)
      builder.store(.index(mixed % 5 - 9), to: output, at: i * 3 + column + 60)
    }
  },
  KernelSample("terms that cancel") { builder in
    let output = builder.buffer("out", .i64, .write)
    builder.loop("i", to: 4) { builder, i in
      builder.loop("j", to: 4) { builder, j in
        let sum = i * 4 + j
        builder.store(.index(sum - i * 4 - j), to: output, at: sum)
        builder.store(.index(.difference(.constant(3), sum)), to: output, at: sum + 16)
        builder.store(.index((i - j) * (j - i)), to: output, at: sum + 32)
      }
    }
  },
]

/// Loads and stores of every form.
private func memoryAccesses(_ scalar: ScalarType, lanes: Int) -> [KernelSample] {
  let masks: [Expression?] = [
    nil, .firstLanes(0, lanes: lanes), .firstLanes(3, lanes: lanes), .firstLanes(.batch - 1, lanes: lanes),
    .firstLanes(.batch + 1000, lanes: lanes),
  ]
  return [1, 2, 3].flatMap { stride in
    [
      KernelSample("load \(scalar) by \(stride)") { builder in
        let input = builder.buffer("in", scalar, .read, alignment: scalar.byteCount)
        let output = builder.buffer("out", scalar, .write)
        for (position, mask) in masks.enumerated() {
          let value = builder.load(input, at: .chunk * 65, lanes: lanes, stride: stride, mask: mask)
          builder.store(value, to: output, at: .constant(position * lanes))
        }
      },
      KernelSample("store \(scalar) by \(stride)") { builder in
        let input = builder.buffer("in", scalar, .read)
        let output = builder.buffer("out", scalar, .update, alignment: scalar.byteCount)
        for (position, mask) in masks.enumerated() {
          let value = builder.load(input, at: 64, lanes: lanes)
          let start = .chunk * 3 + .constant(position * lanes * stride)
          builder.store(value, to: output, at: start, stride: stride, mask: mask)
        }
      },
    ]
  }
}

/// Accesses of a buffer's last elements, which a page that cannot be touched follows.
private func edges(lanes: Int) -> [KernelSample] {
  [1, 2, 3, 4].map { stride in
    KernelSample("last elements by \(stride)") { builder in
      let input = builder.buffer("in", .f32, .read, alignment: 4)
      let output = builder.buffer("out", .f32, .write, alignment: 4)
      let last = 255 - (lanes - 1) * stride
      builder.store(
        builder.load(input, at: .constant(last), lanes: lanes, stride: stride), to: output,
        at: .constant(last), stride: stride)
    }
  }
}

/// Whole vectors at aligned and other places, single elements, and what was stored read again.
private func streams(lanes: Int) -> KernelSample {
  KernelSample("streams of \(lanes)") { builder in
    let input = builder.buffer("in", .f32, .read)
    let output = builder.buffer("out", .f32, .update, isStreamed: true)
    builder.loop("i", to: 4) { builder, i in
      let value = builder.load(input, at: i * .constant(lanes), lanes: lanes)
      builder.store(value, to: output, at: i * .constant(lanes))
      builder.store(value, to: output, at: i * .constant(lanes) + 65)
    }
    builder.store(builder.load(output, at: .constant(lanes)), to: output, at: 150)
  }
}

@Test(arguments: runnableWidths, [1, 4, 8, 16])
func streamsAgree(target: Target, lanes: Int) throws { try check([streams(lanes: lanes)], on: target) }

/// Stores past the caches, which are done when the kernel is.
@Test func streamsPassTheCaches() throws {
  let kernel = streams(lanes: 8).kernel
  let assembly = try emitAssembly([kernel], symbolPrefix: "k", for: Target(named: "x86-64-v3"))
  #expect(assembly.contains("vmovntps"))
  #expect(assembly.contains("mfence"))
  var cached = kernel
  cached.buffers[1].isStreamed = false
  #expect(try !emitAssembly([cached], symbolPrefix: "k", for: Target(named: "x86-64-v3")).contains("vmovnt"))
}

@Test(arguments: runnableWidths)
func controlFlowAgrees(target: Target) throws { try check(controlFlow, on: target) }

@Test(arguments: runnableWidths)
func indexArithmeticAgrees(target: Target) throws { try check(indexArithmetic, on: target) }

@Test(arguments: runnableWidths, [ScalarType.f32, .bf16, .u8, .i32, .f64])
func memoryAccessesAgree(target: Target, scalar: ScalarType) throws {
  for lanes in [1, 8, 16] { try check(memoryAccesses(scalar, lanes: lanes), on: target) }
}

@Test(arguments: runnableWidths, [4, 16])
func accessesStayInside(target: Target, lanes: Int) throws { try check(edges(lanes: lanes), on: target) }
