import CodeGen
import Kernels
import LoopIR
import Testing

/// Interprets all chunks of a kernel, the last first, on operands and a result of `resultCount` elements that are NaN
/// before; returns the result. The interpreter checks every access. The kernel must be valid.
func interpret(
  _ kernel: Kernel, on operands: [[Float]], resultCount: Int, chunkCount: Int, batch: Int,
  isCompiledToo: Bool = false
) throws -> [Float] {
  var memory = operands + [[Float](repeating: .nan, count: resultCount)]
  try interpret(kernel, on: &memory, chunkCount: chunkCount, batch: batch, isCompiledToo: isCompiledToo)
  return memory.last ?? []
}

/// Interprets all chunks of a kernel, the last first, on operands that it may write.
/// - Parameter isCompiledToo: Whether code for this machine runs too, which must give the same bits.
func interpret<Element: BitwiseCopyable>(
  _ kernel: Kernel, on operands: inout [[Element]], chunkCount: Int, batch: Int, isCompiledToo: Bool = false
) throws {
  var memory = operands.map { KernelMemory($0) }
  try interpret(kernel, on: &memory, chunkCount: chunkCount, batch: batch, isCompiledToo: isCompiledToo)
  operands = memory.map { $0.elements(as: Element.self) }
}

/// An operand, of elements of any type.
struct KernelMemory: Equatable {
  var bytes: [UInt8]

  init<Element: BitwiseCopyable>(_ elements: [Element]) { bytes = elements.withUnsafeBytes { Array($0) } }

  func elements<Element: BitwiseCopyable>(as type: Element.Type) -> [Element] {
    bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / MemoryLayout<Element>.stride).map {
        bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: type)
      }
    }
  }
}

func interpret(
  _ kernel: Kernel, on operands: inout [KernelMemory], chunkCount: Int, batch: Int, isCompiledToo: Bool = false
) throws {
  #expect(kernel.verify() == [])
  func run(_ body: ([UnsafeMutableRawBufferPointer], _ chunk: Int) throws -> Void) throws -> [KernelMemory] {
    let memory = operands.map { operand in
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: operand.bytes.count, alignment: 64)
      buffer.copyBytes(from: operand.bytes)
      return buffer
    }
    defer { for buffer in memory { buffer.deallocate() } }
    for chunk in (0..<chunkCount).reversed() { try body(memory, chunk) }
    return memory.map { KernelMemory(Array($0)) }
  }
  let interpreted = try run {
    try kernel.interpret(operands: $0, batch: batch, chunk: $1, fusingMultiplyAdd: true)
  }
  if isCompiledToo, let target = try? Target(named: "native"), target.hasFusedMultiplyAdd {
    let jit = try JIT([kernel], for: target)
    let compiled = try run { memory, chunk in
      let pointers = memory.map { $0.baseAddress }
      pointers.withUnsafeBufferPointer { pointers in
        guard let base = pointers.baseAddress else { return }
        jit.functions[0](base, Int64(batch), Int64(chunk))
      }
    }
    #expect(compiled == interpreted, "compiled and interpreted, '\(kernel.name)' differs")
  }
  operands = interpreted
}

/// Expects the same numbers, up to `tolerance` of the largest; NaN is NaN.
func expectSame(
  _ found: [Float], _ expected: [Float], tolerance: Float = 0, _ comment: @autoclosure () -> String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let largest = expected.lazy.map(\.magnitude).filter(\.isFinite).max() ?? 0
  let difference = zip(found, expected).enumerated().first { _, pair in
    let (a, b) = pair
    return !(a == b || a.isNaN && b.isNaN || (a - b).magnitude <= tolerance * largest)
  }
  #expect(found.count == expected.count, sourceLocation: sourceLocation)
  if let (position, (a, b)) = difference {
    Issue.record("element \(position) is \(a), expected \(b): \(comment())", sourceLocation: sourceLocation)
  }
}

extension ConstantPacking {
  /// The packed form of a constant's elements.
  func packed(_ elements: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: elementCount) { packed, count in
      elements.withUnsafeBufferPointer { pack($0, into: packed) }
      count = elementCount
    }
  }
}

/// Counts how often a kernel stores each element of its result, over all chunks, without computing anything, and notes
/// which it asked for ahead.
struct StoreCounter {
  private(set) var counts: [Int]
  /// Elements that a chunk stored before it had asked for their line of 64 bytes.
  private(set) var unforeseen: Set<Int> = []
  private var foreseenLines: Set<Int> = []
  private let result: BufferID
  private var variables: [IndexVariable: Int]
  /// Lanes that masks keep.
  private var keptLanes: [Binding: Int] = [:]

  init(of kernel: Kernel, resultCount: Int, chunkCount: Int, batch: Int) {
    counts = [Int](repeating: 0, count: resultCount)
    result = BufferID(kernel.buffers.count - 1)
    variables = [.batch: batch]
    let skeleton = Self.skeleton(kernel.body)
    for chunk in 0..<chunkCount {
      variables[.chunk] = chunk
      foreseenLines = []
      run(skeleton)
    }
  }

  /// The statements that store or prefetch, the loops and conditions around them, and the masks that they name.
  private static func skeleton(_ statements: [Statement]) -> [Statement] {
    statements.compactMap { statement in
      switch statement {
      case .loop(let variable, let from, let to, let step, let body):
        let body = skeleton(body)
        return body.isEmpty ? nil : .loop(variable, from: from, to: to, step: step, body)
      case .conditional(let condition, let then, let otherwise):
        return .conditional(condition, then: skeleton(then), else: skeleton(otherwise))
      case .bind(_, .firstLanes), .store, .prefetch: return statement
      case .bind, .assign, .forgetLoads: return nil
      }
    }
  }

  private mutating func run(_ statements: [Statement]) {
    for statement in statements {
      switch statement {
      case .loop(let variable, let from, let to, let step, let body):
        for value in Swift.stride(from: self.value(of: from), to: self.value(of: to), by: step) {
          variables[variable] = value
          run(body)
        }
      case .conditional(let condition, let then, let otherwise):
        run(holds(condition) ? then : otherwise)
      case .bind(let binding, .firstLanes(let count, _)): keptLanes[binding] = value(of: count)
      case .store(result, let index, let expression, let stride, let mask):
        let lanes = expression.type.lanes
        let first = value(of: index)
        for lane in 0..<min(lanes, mask.map(kept) ?? lanes) {
          counts[first + lane * stride] += 1
          if !foreseenLines.contains((first + lane * stride) / 16) { unforeseen.insert(first + lane * stride) }
        }
      case .prefetch(result, let index): foreseenLines.insert(value(of: index) / 16)
      case .store, .bind, .assign, .forgetLoads, .prefetch: break
      }
    }
  }

  private func kept(_ mask: Expression) -> Int {
    switch mask {
    case .firstLanes(let count, _): value(of: count)
    case .bound(let binding): keptLanes[binding] ?? 0
    default: 0
    }
  }

  private func holds(_ condition: Condition) -> Bool {
    let (left, right) = (value(of: condition.left), value(of: condition.right))
    return switch condition.comparison {
    case .equal: left == right
    case .notEqual: left != right
    case .less: left < right
    case .lessOrEqual: left <= right
    case .greater: left > right
    case .greaterOrEqual: left >= right
    }
  }

  private func value(of index: Index) -> Int {
    switch index {
    case .constant(let value): value
    case .variable(let variable): variables[variable] ?? 0
    case .sum(let a, let b): value(of: a) + value(of: b)
    case .difference(let a, let b): value(of: a) - value(of: b)
    case .product(let a, let b): value(of: a) * value(of: b)
    case .quotient(let a, let divisor): value(of: a) / divisor
    case .remainder(let a, let divisor): value(of: a) % divisor
    case .minimum(let a, let b): min(value(of: a), value(of: b))
    case .maximum(let a, let b): max(value(of: a), value(of: b))
    }
  }
}
