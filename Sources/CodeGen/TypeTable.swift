import LLVMKit
import LoopIR

/// LLVM's types for the loop program's. bf16 is carried as its bits, and a mask has one bit a lane.
struct TypeTable {
  let void: Type
  let i1: Type
  let i8: Type
  let i16: Type
  let i32: Type
  let i64: Type
  let f32: Type
  let f64: Type
  let bytePointer: Type

  init(_ context: Context) {
    void = context.void
    i1 = context.integer(bits: 1)
    i8 = context.integer(bits: 8)
    i16 = context.integer(bits: 16)
    i32 = context.integer(bits: 32)
    i64 = context.integer(bits: 64)
    f32 = context.float
    f64 = context.double
    bytePointer = context.bytePointer
  }

  subscript(type: ValueType) -> Type { vector(self[type.scalar], lanes: type.lanes) }

  subscript(scalar: ScalarType) -> Type {
    switch scalar {
    case .f32: f32
    case .f64: f64
    case .bf16: i16
    case .i32: i32
    case .i64: i64
    case .u8, .s8: i8
    case .mask: i1
    }
  }

  /// One lane is a scalar.
  func vector(_ element: Type, lanes: Int) -> Type { lanes == 1 ? element : element.vector(lanes: lanes) }

  /// The constant that selects lanes in a shuffle.
  func laneNumbers(_ lanes: [Int]) -> Value { .vector(lanes.map { i32.constant($0) }) }
}
