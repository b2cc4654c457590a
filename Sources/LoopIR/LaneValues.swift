/// A value while a kernel is interpreted: its lanes, as the numbers they stand for. Masks are zeros and ones.
struct LaneValues {
  enum Numbers {
    case floats([Double])
    case integers([Int])
  }

  let type: ValueType
  let numbers: Numbers

  init(_ type: ValueType, floats: [Double]) {
    self.type = type
    numbers = .floats(floats.map { rounded($0, to: type.scalar) })
  }

  /// Integers that are out of range wrap around.
  init(_ type: ValueType, integers: [Int]) {
    self.type = type
    numbers = .integers(integers.map { wrapped($0, to: type.scalar) })
  }

  init(repeating number: Double, _ type: ValueType) {
    self =
      type.scalar.isFloatingPoint
      ? LaneValues(type, floats: Array(repeating: number, count: type.lanes))
      : LaneValues(type, integers: Array(repeating: Int(exactly: number) ?? 0, count: type.lanes))
  }

  /// Empty for integers.
  var floats: [Double] { if case .floats(let values) = numbers { values } else { [] } }
  /// Empty for floating-point numbers.
  var integers: [Int] { if case .integers(let values) = numbers { values } else { [] } }
  /// The lanes of a mask.
  var isSet: [Bool] { integers.map { $0 != 0 } }

  /// Lane i is lane `lanes[i]` of this.
  func choosing(_ lanes: [Int]) -> LaneValues {
    let type = ValueType(type.scalar, lanes: lanes.count)
    return switch numbers {
    case .floats(let values): LaneValues(type, floats: lanes.map { values[$0] })
    case .integers(let values): LaneValues(type, integers: lanes.map { values[$0] })
    }
  }

  /// The lanes of this and then of the other, which has the same type.
  func followed(by other: LaneValues) -> LaneValues {
    let type = ValueType(type.scalar, lanes: type.lanes * 2)
    return switch numbers {
    case .floats(let values): LaneValues(type, floats: values + other.floats)
    case .integers(let values): LaneValues(type, integers: values + other.integers)
    }
  }

  // MARK: Memory

  /// One element's number, read from memory.
  static func read(_ scalar: ScalarType, from memory: UnsafeRawBufferPointer, at offset: Int) -> LaneValues {
    let type = ValueType(scalar)
    return switch scalar {
    case .f32: LaneValues(type, floats: [Double(memory.loadUnaligned(fromByteOffset: offset, as: Float.self))])
    case .f64: LaneValues(type, floats: [memory.loadUnaligned(fromByteOffset: offset, as: Double.self)])
    case .bf16:
      LaneValues(
        type, floats: [Double(BFloat16.number(memory.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))])
    case .i32: LaneValues(type, integers: [Int(memory.loadUnaligned(fromByteOffset: offset, as: Int32.self))])
    case .i64: LaneValues(type, integers: [memory.loadUnaligned(fromByteOffset: offset, as: Int.self)])
    case .u8: LaneValues(type, integers: [Int(memory[offset])])
    case .s8, .mask: LaneValues(type, integers: [Int(Int8(bitPattern: memory[offset]))])
    }
  }

  /// Writes one lane to memory.
  func write(lane: Int, to memory: UnsafeMutableRawBufferPointer, at offset: Int) {
    switch numbers {
    case .floats(let values):
      switch type.scalar {
      case .f64: memory.storeBytes(of: values[lane], toByteOffset: offset, as: Double.self)
      case .bf16:
        memory.storeBytes(of: BFloat16.bits(Float(values[lane])), toByteOffset: offset, as: UInt16.self)
      default: memory.storeBytes(of: Float(values[lane]), toByteOffset: offset, as: Float.self)
      }
    case .integers(let values):
      switch type.scalar.byteCount {
      case 8: memory.storeBytes(of: values[lane], toByteOffset: offset, as: Int.self)
      case 4: memory.storeBytes(of: Int32(truncatingIfNeeded: values[lane]), toByteOffset: offset, as: Int32.self)
      default: memory[offset] = UInt8(truncatingIfNeeded: values[lane])
      }
    }
  }
}

/// The nearest number that the type holds.
private func rounded(_ number: Double, to scalar: ScalarType) -> Double {
  switch scalar {
  case .f32: Double(Float(number))
  case .bf16: Double(BFloat16.number(BFloat16.bits(Float(number))))
  default: number
  }
}

/// The lowest bits, as a number of the type.
func wrapped(_ value: Int, to scalar: ScalarType) -> Int {
  switch scalar {
  case .u8: Int(UInt8(truncatingIfNeeded: value))
  case .s8: Int(Int8(truncatingIfNeeded: value))
  case .i32: Int(Int32(truncatingIfNeeded: value))
  case .mask: value & 1
  case .i64, .f32, .f64, .bf16: value
  }
}
