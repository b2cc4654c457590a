import CLLVM

/// An LLVM context: it owns the types and constants that are made in it. Used by one thread at a time.
package final class Context {
  let ref: LLVMContextRef

  package init() { ref = LLVMContextCreate() }

  deinit { LLVMContextDispose(ref) }

  package var void: Type { Type(LLVMVoidTypeInContext(ref)) }
  package var float: Type { Type(LLVMFloatTypeInContext(ref)) }
  package var double: Type { Type(LLVMDoubleTypeInContext(ref)) }
  /// A pointer to bytes, as every pointer is until it is read or written through.
  package var bytePointer: Type { integer(bits: 8).pointer }

  package func integer(bits: Int) -> Type { Type(LLVMIntTypeInContext(ref, UInt32(bits))) }
}

/// A type; it belongs to a context, which must outlive it.
package struct Type: Equatable {
  let ref: LLVMTypeRef

  init(_ ref: LLVMTypeRef) { self.ref = ref }

  /// A pointer to this type. Where LLVM's pointers are opaque, it is the same for all.
  package var pointer: Type { Type(LLVMPointerType(ref, 0)) }

  package func vector(lanes: Int) -> Type { Type(LLVMVectorType(ref, UInt32(lanes))) }

  package static func function(_ parameters: [Type], returning result: Type) -> Type {
    var references = parameters.map { Optional($0.ref) }
    return Type(LLVMFunctionType(result.ref, &references, UInt32(references.count), 0))
  }

  /// The integer in every lane.
  package func constant(_ value: Int) -> Value {
    splat { LLVMConstInt($0, UInt64(bitPattern: Int64(value)), 1) }
  }

  /// The number, rounded to this floating-point type, in every lane.
  package func constant(_ value: Double) -> Value { splat { LLVMConstReal($0, value) } }

  package var undefined: Value { Value(LLVMGetUndef(ref)) }
  package var zero: Value { Value(LLVMConstNull(ref)) }

  private func splat(_ scalar: (LLVMTypeRef) -> LLVMValueRef) -> Value {
    guard LLVMGetTypeKind(ref) == LLVMVectorTypeKind else { return Value(scalar(ref)) }
    let lane = Value(scalar(LLVMGetElementType(ref)))
    return .vector(Array(repeating: lane, count: Int(LLVMGetVectorSize(ref))))
  }
}

/// A value of a function under construction, or a constant; it belongs to a module or a context.
package struct Value: Equatable {
  let ref: LLVMValueRef

  init(_ ref: LLVMValueRef) { self.ref = ref }

  package var type: Type { Type(LLVMTypeOf(ref)) }

  /// The constant vector of constant lanes.
  package static func vector(_ lanes: [Value]) -> Value {
    var references = lanes.map { Optional($0.ref) }
    return Value(LLVMConstVector(&references, UInt32(references.count)))
  }

  /// Adds what a phi is when control comes from `block`.
  package func addIncoming(_ value: Value, from block: Block) {
    var values = [Optional(value.ref)]
    var blocks = [Optional(block.ref)]
    LLVMAddIncoming(ref, &values, &blocks, 1)
  }

  /// The alignment in bytes of a load or store.
  package func setAlignment(_ byteCount: Int) { LLVMSetAlignment(ref, UInt32(byteCount)) }

  /// Says of a store that no cache need keep what it writes.
  package func markStreamed() {
    let context = LLVMGetTypeContext(LLVMTypeOf(ref))
    var operands = [LLVMValueAsMetadata(LLVMConstInt(LLVMInt32TypeInContext(context), 1, 0))]
    let node = LLVMMetadataAsValue(context, LLVMMDNodeInContext2(context, &operands, 1))
    let kind = "nontemporal"
    LLVMSetMetadata(ref, LLVMGetMDKindIDInContext(context, kind, UInt32(kind.utf8.count)), node)
  }
}

/// A basic block of a function.
package struct Block: Equatable {
  let ref: LLVMBasicBlockRef

  init(_ ref: LLVMBasicBlockRef) { self.ref = ref }
}

/// What LLVM says went wrong.
package struct LLVMError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// Takes over a message that LLVM allocated.
  init(owned message: UnsafeMutablePointer<CChar>?, or fallback: String) {
    description = message.map { String(cString: $0) } ?? fallback
    LLVMDisposeMessage(message)
  }
}
