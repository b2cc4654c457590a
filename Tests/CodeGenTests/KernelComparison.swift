import CodeGen
import Glibc
import LoopIR
import Testing

/// A kernel that compiled code and the interpreter must agree on.
struct KernelSample: Sendable, CustomTestStringConvertible {
  let name: String
  /// Of results that are relative to the largest; 0 asks for the same bits.
  var tolerance = 0.0
  var batch = 3
  var chunk = 1
  let kernel: Kernel

  var testDescription: String { name }
}

extension KernelSample {
  init(_ name: String, tolerance: Double = 0, _ build: (inout KernelBuilder) -> Void) {
    var builder = KernelBuilder()
    build(&builder)
    self.init(name: name, tolerance: tolerance, kernel: builder.kernel(named: name))
  }

  /// Applies `operation` to 128 elements of each input, `lanes` at a time.
  static func elementwise(
    _ name: String, _ inputs: [ScalarType], to output: ScalarType, lanes: Int, tolerance: Double = 0,
    _ operation: ([Expression]) -> Expression
  ) -> KernelSample {
    KernelSample(name, tolerance: tolerance) { builder in
      let buffers = inputs.enumerated().map { builder.buffer("in\($0)", $1, .read, alignment: $1.byteCount) }
      let result = builder.buffer("out", output, .write, alignment: output.byteCount)
      builder.loop("i", to: 128, step: lanes) { builder, index in
        let operands = buffers.map { builder.load($0, at: index, lanes: lanes) }
        builder.store(operation(operands), to: result, at: index)
      }
    }
  }
}

/// The targets whose code this machine can run.
let runnableTargets: [Target] = Target.names.compactMap { try? Target(named: $0) }.filter(\.runsOnHost)

/// Of those, one for each width of vectors.
let runnableWidths: [Target] = runnableTargets.reduce(into: []) { widths, target in
  if !widths.contains(where: { $0.machine.vectorLanes == target.machine.vectorLanes }) { widths.append(target) }
}

/// Compiles the samples, runs each on random data, and expects what the interpreter computes.
func check(_ samples: [KernelSample], on target: Target, sourceLocation: SourceLocation = #_sourceLocation) throws {
  for sample in samples {
    #expect(sample.kernel.verify() == [], sourceLocation: sourceLocation)
  }
  let jit = try JIT(samples.map(\.kernel), for: target)
  // The code lives as long as the JIT does.
  defer { withExtendedLifetime(jit) {} }
  for (sample, function) in zip(samples, jit.functions) {
    let inputs = Operands(for: sample.kernel)
    let expected = inputs.copy()
    let actual = inputs.copy()
    try sample.kernel.interpret(
      operands: expected.buffers, batch: sample.batch, chunk: sample.chunk,
      fusingMultiplyAdd: target.hasFusedMultiplyAdd)
    function(actual.buffers.map(\.baseAddress), Int64(sample.batch), Int64(sample.chunk))
    for (position, buffer) in sample.kernel.buffers.enumerated() {
      let difference = Operands.firstDifference(
        expected.buffers[position], actual.buffers[position], buffer.element, tolerance: sample.tolerance)
      #expect(
        difference == nil, "\(sample.name), lanes of '\(buffer.name)', for \(target.name)",
        sourceLocation: sourceLocation)
    }
  }
}

/// Memory for a kernel's buffers: first all pairs of unusual numbers from two buffers, then random numbers.
final class Operands {
  /// Elements of each buffer.
  static let elementCount = 256
  let buffers: [UnsafeMutableRawBufferPointer]

  private init(_ buffers: [UnsafeMutableRawBufferPointer]) { self.buffers = buffers }

  convenience init(for kernel: Kernel) {
    var generator = SplitMix(state: 0x5EED)
    self.init(
      kernel.buffers.enumerated().map { position, buffer in
        let memory = allocateBeforeGuard(byteCount: Self.elementCount * buffer.element.byteCount)
        for element in 0..<Self.elementCount {
          let unusual = unusualNumbers(buffer.element)
          let choice = position == 0 ? element % 8 : element / 8
          let number = element < 64 ? unusual[choice] : generator.number(buffer.element)
          store(number, buffer.element, to: memory, at: element * buffer.element.byteCount)
        }
        return memory
      })
  }

  deinit { for buffer in buffers { deallocateBeforeGuard(buffer) } }

  func copy() -> Operands {
    Operands(
      buffers.map { buffer in
        let memory = allocateBeforeGuard(byteCount: buffer.count)
        memory.copyMemory(from: UnsafeRawBufferPointer(buffer))
        return memory
      })
  }

  /// What differs first, in words; all NaNs are alike.
  static func firstDifference(
    _ expected: UnsafeMutableRawBufferPointer, _ actual: UnsafeMutableRawBufferPointer, _ scalar: ScalarType,
    tolerance: Double
  ) -> String? {
    let byteCount = scalar.byteCount
    let values = (0..<expected.count / byteCount).map {
      (number(scalar, in: expected, at: $0 * byteCount), number(scalar, in: actual, at: $0 * byteCount))
    }
    let largest = values.map(\.0.magnitude).filter(\.isFinite).max() ?? 0
    for (position, (a, b)) in values.enumerated() {
      if a.isNaN && b.isNaN || a == b && a.sign == b.sign { continue }
      if tolerance > 0, (a - b).magnitude <= tolerance * largest { continue }
      return "element \(position): expected \(a), found \(b)"
    }
    return nil
  }
}

private let pageByteCount = 4096

/// Up to a page of memory, whose end is followed by a page that traps when touched.
private func allocateBeforeGuard(byteCount: Int) -> UnsafeMutableRawBufferPointer {
  precondition(byteCount <= pageByteCount)
  let pages = mmap(nil, 2 * pageByteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
  guard let pages, pages != MAP_FAILED, mprotect(pages + pageByteCount, pageByteCount, PROT_NONE) == 0 else {
    preconditionFailure("no memory for a test")
  }
  return UnsafeMutableRawBufferPointer(start: pages + (pageByteCount - byteCount), count: byteCount)
}

private func deallocateBeforeGuard(_ memory: UnsafeMutableRawBufferPointer) {
  guard let start = memory.baseAddress else { return }
  munmap(start + memory.count - pageByteCount, 2 * pageByteCount)
}

private func store(_ number: Double, _ scalar: ScalarType, to memory: UnsafeMutableRawBufferPointer, at offset: Int) {
  switch scalar {
  case .f32: memory.storeBytes(of: Float(number), toByteOffset: offset, as: Float.self)
  case .f64: memory.storeBytes(of: number, toByteOffset: offset, as: Double.self)
  case .bf16: memory.storeBytes(of: BFloat16.bits(Float(number)), toByteOffset: offset, as: UInt16.self)
  case .i32: memory.storeBytes(of: Int32(number), toByteOffset: offset, as: Int32.self)
  case .i64: memory.storeBytes(of: Int(number), toByteOffset: offset, as: Int.self)
  case .u8, .s8, .mask: memory[offset] = UInt8(truncatingIfNeeded: Int(number))
  }
}

private func number(_ scalar: ScalarType, in memory: UnsafeMutableRawBufferPointer, at offset: Int) -> Double {
  switch scalar {
  case .f32: Double(memory.load(fromByteOffset: offset, as: Float.self))
  case .f64: memory.load(fromByteOffset: offset, as: Double.self)
  case .bf16: Double(BFloat16.number(memory.load(fromByteOffset: offset, as: UInt16.self)))
  case .i32: Double(memory.load(fromByteOffset: offset, as: Int32.self))
  case .i64: Double(memory.load(fromByteOffset: offset, as: Int.self))
  case .u8: Double(memory[offset])
  case .s8, .mask: Double(Int8(bitPattern: memory[offset]))
  }
}

/// Pseudo-random numbers, the same on every run.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// In the type's range; one in eight is unusual.
  mutating func number(_ scalar: ScalarType) -> Double {
    let bits = next()
    if bits % 8 == 0 { return unusualNumbers(scalar)[Int(bits >> 8) % 8] }
    switch scalar {
    case .f32, .bf16, .f64: return (Double(bits >> 11) / 0x1p53 - 0.5) * 600
    case .i32, .i64: return Double(Int(bits >> 40) - (1 << 23))
    case .u8, .s8, .mask: return Double(scalar.range.lowerBound + Int(bits >> 8) % 256)
    }
  }
}

/// Eight numbers where operators are easily wrong.
private func unusualNumbers(_ scalar: ScalarType) -> [Double] {
  switch scalar {
  case .f32, .bf16, .f64: [0, -0.0, .infinity, -.infinity, .nan, 1e-40, 2.5, -0x1p31]
  case .i32: [0, 1, -1, 0x1p31 - 1, -0x1p31, 255, 256, -129]
  case .i64: [0, 1, -1, 0x1p52, -0x1p63, 0x1p31, 256, -129]
  case .u8: [0, 1, 2, 127, 128, 254, 255, 63]
  case .s8, .mask: [0, 1, -1, 126, 127, -127, -128, 64]
  }
}
