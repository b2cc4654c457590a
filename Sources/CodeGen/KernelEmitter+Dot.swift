import LLVMKit
import LoopIR

extension KernelEmitter {
  /// Neighbouring products added to a wide lane: with the target's instruction, or else as it is defined.
  func emitDot(_ accumulator: Value, _ a: Value, _ b: Value, _ type: ValueType) throws -> Value {
    switch type.scalar {
    case .i32: try dotOfBytes(accumulator, a, b, lanes: type.lanes)
    default: try dotOfBFloat16(accumulator, a, b, lanes: type.lanes)
    }
  }

  private func dotOfBytes(_ accumulator: Value, _ a: Value, _ b: Value, lanes: Int) throws -> Value {
    if let name = vectorInstruction("llvm.x86.avx512.vpdpbusd", feature: "avx512vnni", lanes: lanes) {
      return try callDot(name, accumulator, a, b)
    }
    let wide = types.i32.vector(lanes: lanes * 4)
    let products = builder.binary(
      .multiply, builder.cast(.zeroExtend, a, to: wide), builder.cast(.signExtend, b, to: wide))
    return (0..<4).reduce(accumulator) { sum, part in
      let lane = everyLane(of: products, ValueType(.i32, lanes: lanes * 4), from: part, step: 4)
      return builder.binary(.add, sum, lane)
    }
  }

  private func dotOfBFloat16(_ accumulator: Value, _ a: Value, _ b: Value, lanes: Int) throws -> Value {
    if let name = vectorInstruction("llvm.x86.avx512bf16.dpbf16ps", feature: "avx512bf16", lanes: lanes) {
      return try callDot(name, accumulator, a, b)
    }
    let narrow = ValueType(.bf16, lanes: lanes * 2)
    let left = try convert(a, from: narrow, to: .f32)
    let right = try convert(b, from: narrow, to: .f32)
    let wide = ValueType(.f32, lanes: lanes * 2)
    return try [1, 0].reduce(accumulator) { sum, part in
      try multiplyAdd(
        everyLane(of: left, wide, from: part, step: 2), everyLane(of: right, wide, from: part, step: 2), sum)
    }
  }

  /// The intrinsic's full name, where the target has it for that many 32-bit lanes.
  private func vectorInstruction(_ name: String, feature: String, lanes: Int) -> String? {
    guard target.has(feature), lanes == 16 || target.has("avx512vl") && (lanes == 4 || lanes == 8) else { return nil }
    return "\(name).\(lanes * 32)"
  }

  /// The operands' types differ between versions of LLVM, though never in size.
  private func callDot(_ name: String, _ accumulator: Value, _ a: Value, _ b: Value) throws -> Value {
    let intrinsic = try module.intrinsic(name, [])
    let arguments = zip([accumulator, a, b], intrinsic.parameterTypes).map { value, type in
      builder.cast(.bitcast, value, to: type)
    }
    return builder.call(intrinsic, arguments)
  }

  private func everyLane(of value: Value, _ type: ValueType, from first: Int, step: Int) -> Value {
    shuffle(Array(Swift.stride(from: first, to: type.lanes, by: step)), value, value, type)
  }
}
