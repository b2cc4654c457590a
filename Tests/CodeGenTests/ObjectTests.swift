import CodeGen
import Kernels
import LoopIR
import Testing

/// The kernels that ought to tempt LLVM to call a library: roots, floors, conversions, copies, zeroes, long masks.
private var temptations: [Kernel] {
  let lanes = 8
  let samples: [KernelSample] = [
    .elementwise("math", [.f32, .f32], to: .f32, lanes: lanes) {
      .fusedMultiplyAdd(.unary(.squareRoot, $0[0]), .unary(.floor, $0[1]), .unary(.absolute, $0[0]))
    },
    .elementwise("double", [.f64, .f64], to: .f64, lanes: lanes) {
      .fusedMultiplyAdd(.unary(.squareRoot, $0[0]), .unary(.floor, $0[1]), .min($0[0], $0[1]))
    },
    .elementwise("wide", [.f64], to: .i64, lanes: lanes) { .convert($0[0], to: .i64) },
    .elementwise("narrow", [.f32], to: .u8, lanes: lanes) { .convert($0[0], to: .u8) },
    .elementwise("divided", [.i64], to: .i64, lanes: lanes) { $0[0] / .constant(7, $0[0].type) },
    .elementwise("single", [.i64], to: .f32, lanes: lanes) { .convert($0[0], to: .f32) },
    .elementwise("half", [.f32], to: .bf16, lanes: lanes) { .convert($0[0], to: .bf16) },
    .elementwise("copy", [.u8], to: .u8, lanes: 128) { $0[0] },
    KernelSample("fill") { builder in
      let output = builder.buffer("out", .f32, .write)
      builder.loop("i", to: .batch) { builder, i in builder.store(.constant(0, .f32), to: output, at: i) }
    },
    KernelSample("gather") { builder in
      let input = builder.buffer("in", .f32, .read)
      let output = builder.buffer("out", .f32, .write)
      let mask = Expression.firstLanes(.batch, lanes: lanes)
      builder.store(
        builder.load(input, at: .chunk, lanes: lanes, stride: 3, mask: mask), to: output, at: .chunk / 3, stride: 2,
        mask: mask)
    },
  ]
  return samples.map(\.kernel) + [MicroKernel(pixels: 4, vectors: 2, lanes: 4).kernel]
}

@Test(arguments: try Target.names.map { try Target(named: $0) })
func objectsNeedNoOther(target: Target) throws {
  for (position, object) in try emitObjects(temptations, symbolPrefix: "test_", for: target).enumerated() {
    let symbols = try #require(ElfSymbols(object))
    #expect(symbols.defined == ["test_\(position)"])
    #expect(symbols.undefined == [])
  }
}

@Test func objectsDoNotDependOnThreads() throws {
  let target = try Target(named: "x86-64-v3")
  let kernels = temptations
  let serial = try emitObjects(kernels, symbolPrefix: "k", for: target, threadCount: 1)
  #expect(try emitObjects(kernels, symbolPrefix: "k", for: target, threadCount: 3) == serial)
}

@Test(arguments: Target.names)
func codeUsesOnlyRequiredFeatures(name: String) throws {
  let target = try Target(named: name)
  let baseline: Set = ["64bit", "cmov", "cx8", "fxsr", "mmx", "sse", "sse2", "x87", "neon"]
  let used = target.featureList.split(separator: ",").filter { $0.hasPrefix("+") }.map { String($0.dropFirst()) }
  #expect(Set(used).subtracting(baseline) == Set(target.requiredFeatures))
}

@Test func unknownTargetsAreNamed() {
  #expect(throws: TargetError.self) { try Target(named: "x86-64-v5") }
  do {
    _ = try Target(named: "x86-64-v5")
  } catch {
    #expect(
      "\(error)" == "unknown target 'x86-64-v5'; the targets are native, x86-64-v2, x86-64-v3, x86-64-v4, aarch64")
  }
}

@Test func invalidKernelsAreRefused() throws {
  var builder = KernelBuilder()
  let input = builder.buffer("in", .f32, .read)
  builder.store(.constant(0, .f32), to: input, at: 0)
  let kernel = builder.kernel(named: "broken")
  #expect(throws: CodeGenerationError.self) { try JIT([kernel], for: Target(named: "native")) }
}

@Test func textNamesEveryKernel() throws {
  let target = try Target(named: "aarch64")
  let kernels = Array(temptations.prefix(2))
  let llvm = try emitLLVM(kernels, symbolPrefix: "m_", for: target)
  let assembly = try emitAssembly(kernels, symbolPrefix: "m_", for: target)
  for symbol in ["m_0", "m_1"] {
    #expect(llvm.contains("define void @\(symbol)("))
    #expect(assembly.contains("\(symbol):"))
  }
  #expect(assembly.contains("fmla"))
}

/// The global symbols of a 64-bit little-endian ELF object.
private struct ElfSymbols {
  var defined: [String] = []
  var undefined: [String] = []

  init?(_ bytes: [UInt8]) {
    guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return nil }
    func number(_ offset: Int, _ byteCount: Int) -> Int {
      (0..<byteCount).reduce(0) { $0 | Int(bytes[offset + $1]) << ($1 * 8) }
    }
    let sectionTable = number(0x28, 8)
    for section in 0..<number(0x3C, 2) {
      let header = sectionTable + section * 64
      guard number(header + 4, 4) == 2 else { continue }
      let names = number(sectionTable + number(header + 40, 4) * 64 + 24, 8)
      let start = number(header + 24, 8)
      for symbol in stride(from: start, to: start + number(header + 32, 8), by: 24) {
        guard bytes[symbol + 4] >> 4 == 1 else { continue }
        let name = bytes[(names + number(symbol, 4))...].prefix { $0 != 0 }
        let isDefined = number(symbol + 6, 2) != 0
        let text = String(decoding: name, as: UTF8.self)
        if isDefined { defined.append(text) } else { undefined.append(text) }
      }
    }
  }
}
