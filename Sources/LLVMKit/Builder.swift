import CLLVM

/// Appends instructions to a block. Operations on constants fold to constants.
package final class Builder {
  let ref: LLVMBuilderRef

  package init(in context: Context) { ref = LLVMCreateBuilderInContext(context.ref) }

  deinit { LLVMDisposeBuilder(ref) }

  /// Where instructions go.
  package enum Position {
    case end(of: Block)
    /// Before the block's branch, which must be there.
    case terminator(of: Block)
  }

  package private(set) var position: Position?

  /// The block that instructions go to.
  package var block: Block { Block(LLVMGetInsertBlock(ref)) }

  package func move(to position: Position) {
    self.position = position
    switch position {
    case .end(let block): LLVMPositionBuilderAtEnd(ref, block.ref)
    case .terminator(let block): LLVMPositionBuilderBefore(ref, LLVMGetBasicBlockTerminator(block.ref))
    }
  }

  package func move(toEndOf block: Block) { move(to: .end(of: block)) }

  // MARK: Arithmetic

  package func binary(_ opcode: BinaryOpcode, _ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildBinOp(ref, opcode.llvm, a.ref, b.ref, ""))
  }

  /// Addition of signed integers that cannot overflow.
  package func addIndices(_ a: Value, _ b: Value) -> Value { Value(LLVMBuildNSWAdd(ref, a.ref, b.ref, "")) }
  package func subtractIndices(_ a: Value, _ b: Value) -> Value { Value(LLVMBuildNSWSub(ref, a.ref, b.ref, "")) }
  package func multiplyIndices(_ a: Value, _ b: Value) -> Value { Value(LLVMBuildNSWMul(ref, a.ref, b.ref, "")) }

  package func negateFloat(_ a: Value) -> Value { Value(LLVMBuildFNeg(ref, a.ref, "")) }

  package func compareIntegers(_ predicate: IntegerPredicate, _ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildICmp(ref, predicate.llvm, a.ref, b.ref, ""))
  }

  package func compareFloats(_ predicate: FloatPredicate, _ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildFCmp(ref, predicate.llvm, a.ref, b.ref, ""))
  }

  package func select(_ condition: Value, _ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildSelect(ref, condition.ref, a.ref, b.ref, ""))
  }

  package func cast(_ opcode: CastOpcode, _ a: Value, to type: Type) -> Value {
    Value(LLVMBuildCast(ref, opcode.llvm, a.ref, type.ref, ""))
  }

  // MARK: Vectors

  package func insert(_ element: Value, into vector: Value, at lane: Int, laneType: Type) -> Value {
    Value(LLVMBuildInsertElement(ref, vector.ref, element.ref, laneType.constant(lane).ref, ""))
  }

  package func extract(from vector: Value, at lane: Int, laneType: Type) -> Value {
    Value(LLVMBuildExtractElement(ref, vector.ref, laneType.constant(lane).ref, ""))
  }

  /// `lanes` is a constant vector of i32.
  package func shuffle(_ a: Value, _ b: Value, lanes: Value) -> Value {
    Value(LLVMBuildShuffleVector(ref, a.ref, b.ref, lanes.ref, ""))
  }

  // MARK: Memory

  /// The pointer `offset` bytes further on; `byte` is the i8 type.
  package func advance(_ pointer: Value, by offset: Value, byte: Type) -> Value {
    var indices = [Optional(offset.ref)]
    return Value(LLVMBuildGEP2(ref, byte.ref, pointer.ref, &indices, 1, ""))
  }

  package func load(_ type: Type, from pointer: Value, alignment: Int) -> Value {
    let load = Value(LLVMBuildLoad2(ref, type.ref, typed(pointer, type).ref, ""))
    load.setAlignment(alignment)
    return load
  }

  /// - Parameter isStreamed: Whether it goes past the caches; such a store is in order with what follows only behind a
  ///   `fence`.
  package func store(_ value: Value, to pointer: Value, alignment: Int, isStreamed: Bool = false) {
    let store = Value(LLVMBuildStore(ref, value.ref, typed(pointer, value.type).ref))
    store.setAlignment(alignment)
    if isStreamed { store.markStreamed() }
  }

  /// Orders the loads and stores before it with those behind it, as other threads see them.
  package func fence() { _ = LLVMBuildFence(ref, LLVMAtomicOrderingSequentiallyConsistent, 0, "") }

  /// Keeps loads and stores from being moved or merged across it; it is no instruction of the processor's.
  package func compilerFence() { _ = LLVMBuildFence(ref, LLVMAtomicOrderingSequentiallyConsistent, 1, "") }

  /// The byte pointer as a pointer to `type`: the same value where pointers are opaque.
  package func typed(_ pointer: Value, _ type: Type) -> Value { cast(.bitcast, pointer, to: type.pointer) }

  // MARK: Control flow

  package func call(_ intrinsic: Intrinsic, _ arguments: [Value]) -> Value {
    var references = arguments.map { Optional($0.ref) }
    return Value(
      LLVMBuildCall2(ref, intrinsic.type.ref, intrinsic.function.ref, &references, UInt32(references.count), ""))
  }

  package func phi(_ type: Type) -> Value { Value(LLVMBuildPhi(ref, type.ref, "")) }
  package func branch(to block: Block) { LLVMBuildBr(ref, block.ref) }

  package func branch(if condition: Value, to first: Block, else second: Block) {
    LLVMBuildCondBr(ref, condition.ref, first.ref, second.ref)
  }

  package func returnVoid() { LLVMBuildRetVoid(ref) }
}
