import LLVMKit
import LoopIR

extension KernelEmitter {
  // MARK: Loads

  mutating func emitLoad(
    _ type: ValueType, from buffer: BufferID, at index: Index, stride: Int, mask: Expression?
  ) throws -> Value {
    let pointer = address(of: buffer, at: index)
    let mask = try mask.map { try emit($0) }
    switch (mask, stride) {
    case (nil, 1): return load(type, from: pointer)
    case (nil, _): return loadLanes(type, from: pointer, stride: stride)
    case (let mask?, 1): return try maskedLoad(type, from: pointer, mask: mask)
    case (let mask?, _): return try gather(type, from: pointer, stride: stride, mask: mask)
    }
  }

  /// To all caches: for writing, if the kernel may write it.
  mutating func emitPrefetch(_ buffer: BufferID, at index: Index) throws {
    let pointer = builder.typed(address(of: buffer, at: index).value, types.i8)
    let intrinsic = try module.intrinsic("llvm.prefetch", [types.bytePointer])
    let isWritten = kernel.buffers[buffer.index].access != .read
    _ = builder.call(
      intrinsic,
      [pointer, types.i32.constant(isWritten ? 1 : 0), types.i32.constant(3), types.i32.constant(1)])
  }

  private func load(_ type: ValueType, from pointer: IndexScopes.Pointer) -> Value {
    builder.load(
      types[type], from: pointer.value, alignment: alignment(pointer, of: type))
  }

  /// Lane by lane.
  private func loadLanes(_ type: ValueType, from pointer: IndexScopes.Pointer, stride: Int) -> Value {
    let scalar = ValueType(type.scalar)
    guard type.lanes > 1 else { return load(scalar, from: pointer) }
    var vector = types[type].undefined
    for lane in 0..<type.lanes {
      let element = load(scalar, from: advance(pointer, by: lane * stride * type.scalar.byteCount))
      vector = builder.insert(element, into: vector, at: lane, laneType: types.i32)
    }
    return vector
  }

  private func maskedLoad(_ type: ValueType, from pointer: IndexScopes.Pointer, mask: Value) throws -> Value {
    let vectorType = types[type.scalar].vector(lanes: type.lanes)
    let intrinsic = try module.intrinsic("llvm.masked.load", [vectorType, vectorType.pointer])
    let value = builder.call(
      intrinsic,
      [
        builder.typed(pointer.value, vectorType), types.i32.constant(alignment(pointer, of: type)),
        vector(mask, ValueType(.mask, lanes: type.lanes)), vectorType.zero,
      ])
    return scalarOfSingle(value, type)
  }

  private func gather(
    _ type: ValueType, from pointer: IndexScopes.Pointer, stride: Int, mask: Value
  ) throws -> Value {
    let vectorType = types[type.scalar].vector(lanes: type.lanes)
    let pointers = lanePointers(type, from: pointer, stride: stride)
    let intrinsic = try module.intrinsic("llvm.masked.gather", [vectorType, pointers.type])
    let value = builder.call(
      intrinsic,
      [
        pointers, types.i32.constant(type.scalar.byteCount), vector(mask, ValueType(.mask, lanes: type.lanes)),
        vectorType.zero,
      ])
    return scalarOfSingle(value, type)
  }

  private func scalarOfSingle(_ value: Value, _ type: ValueType) -> Value {
    type.lanes == 1 ? builder.extract(from: value, at: 0, laneType: types.i32) : value
  }

  // MARK: Stores

  mutating func emitStore(
    _ expression: Expression, to buffer: BufferID, at index: Index, stride: Int, mask: Expression?
  ) throws {
    let type = expression.type
    let value = try emit(expression)
    let mask = try mask.map { try emit($0) }
    let pointer = address(of: buffer, at: index)
    switch (mask, stride) {
    case (nil, 1):
      let alignment = alignment(pointer, of: type)
      let isWhole = type.lanes > 1 && alignment == type.lanes * type.scalar.byteCount
      builder.store(
        value, to: pointer.value, alignment: alignment,
        isStreamed: isWhole && kernel.buffers[buffer.index].isStreamed)
    case (nil, _): storeLanes(value, type, to: pointer, stride: stride)
    case (let mask?, 1): try maskedStore(value, type, to: pointer, mask: mask)
    case (let mask?, _): try scatter(value, type, to: pointer, stride: stride, mask: mask)
    }
  }

  private func storeLanes(_ value: Value, _ type: ValueType, to pointer: IndexScopes.Pointer, stride: Int) {
    let scalar = ValueType(type.scalar)
    for lane in 0..<type.lanes {
      let element = type.lanes == 1 ? value : builder.extract(from: value, at: lane, laneType: types.i32)
      let slot = advance(pointer, by: lane * stride * type.scalar.byteCount)
      builder.store(element, to: slot.value, alignment: alignment(slot, of: scalar))
    }
  }

  private func maskedStore(
    _ value: Value, _ type: ValueType, to pointer: IndexScopes.Pointer, mask: Value
  ) throws {
    let vectorType = types[type.scalar].vector(lanes: type.lanes)
    let intrinsic = try module.intrinsic("llvm.masked.store", [vectorType, vectorType.pointer])
    _ = builder.call(
      intrinsic,
      [
        vector(value, type), builder.typed(pointer.value, vectorType),
        types.i32.constant(alignment(pointer, of: type)), vector(mask, ValueType(.mask, lanes: type.lanes)),
      ])
  }

  private func scatter(
    _ value: Value, _ type: ValueType, to pointer: IndexScopes.Pointer, stride: Int, mask: Value
  ) throws {
    let vectorType = types[type.scalar].vector(lanes: type.lanes)
    let pointers = lanePointers(type, from: pointer, stride: stride)
    let intrinsic = try module.intrinsic("llvm.masked.scatter", [vectorType, pointers.type])
    _ = builder.call(
      intrinsic,
      [
        vector(value, type), pointers, types.i32.constant(type.scalar.byteCount),
        vector(mask, ValueType(.mask, lanes: type.lanes)),
      ])
  }

  // MARK: Addresses

  /// A vector of the addresses of the lanes' elements.
  private func lanePointers(_ type: ValueType, from pointer: IndexScopes.Pointer, stride: Int) -> Value {
    let offsets = Value.vector(
      (0..<type.lanes).map { types.i64.constant($0 * stride * type.scalar.byteCount) })
    let pointers = builder.advance(pointer.value, by: offsets, byte: types.i8)
    return builder.cast(.bitcast, pointers, to: types[type.scalar].pointer.vector(lanes: type.lanes))
  }

  /// The alignment to state: no more than a whole value's, of which more would be no use.
  private func alignment(_ pointer: IndexScopes.Pointer, of type: ValueType) -> Int {
    max(type.scalar.byteCount, min(pointer.alignment, lowestBit(type.lanes * type.scalar.byteCount)))
  }
}
