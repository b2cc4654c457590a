import CLLVM

/// A module: functions that are compiled together.
package final class Module {
  package let context: Context
  let ref: LLVMModuleRef

  package init(name: String, in context: Context) {
    self.context = context
    ref = LLVMModuleCreateWithNameInContext(name, context.ref)
  }

  deinit { LLVMDisposeModule(ref) }

  /// The textual LLVM IR.
  package var text: String {
    let message = LLVMPrintModuleToString(ref)
    defer { LLVMDisposeMessage(message) }
    return message.map { String(cString: $0) } ?? ""
  }

  package func addFunction(_ name: String, type: Type) -> Function {
    Function(Value(LLVMAddFunction(ref, name, type.ref)), in: context)
  }

  /// An intrinsic function, overloaded on `types`.
  /// - Throws: LLVMError, where this version of LLVM has none of that name.
  package func intrinsic(_ name: String, _ types: [Type]) throws -> Intrinsic {
    let id = LLVMLookupIntrinsicID(name, name.utf8.count)
    guard id != 0 else { throw LLVMError("LLVM has no intrinsic '\(name)'") }
    var references = types.map { Optional($0.ref) }
    return Intrinsic(
      function: Value(LLVMGetIntrinsicDeclaration(ref, id, &references, references.count)),
      type: Type(LLVMIntrinsicGetType(context.ref, id, &references, references.count)))
  }

  /// Checks the module's invariants.
  /// - Throws: LLVMError with what is broken, which is a defect of the code that built the module.
  package func verify() throws {
    var message: UnsafeMutablePointer<CChar>?
    if LLVMVerifyModule(ref, LLVMReturnStatusAction, &message) != 0 {
      throw LLVMError(owned: message, or: "the module is broken")
    }
    LLVMDisposeMessage(message)
  }
}

/// A declared intrinsic, ready to call.
package struct Intrinsic {
  let function: Value
  let type: Type

  /// The types of its parameters, which differ between versions of LLVM.
  package var parameterTypes: [Type] {
    var types = [LLVMTypeRef?](repeating: nil, count: Int(LLVMCountParamTypes(type.ref)))
    LLVMGetParamTypes(type.ref, &types)
    return types.compactMap { $0.map(Type.init) }
  }
}

/// A function under construction.
package struct Function {
  let value: Value
  private let context: Context

  init(_ value: Value, in context: Context) {
    self.value = value
    self.context = context
  }

  package func parameter(_ index: Int) -> Value { Value(LLVMGetParam(value.ref, UInt32(index))) }

  package func appendBlock(_ name: String) -> Block {
    Block(LLVMAppendBasicBlockInContext(context.ref, value.ref, name))
  }

  /// An attribute that LLVM defines by name alone, such as nounwind.
  package func addAttribute(_ name: String) {
    let kind = LLVMGetEnumAttributeKindForName(name, name.utf8.count)
    add(LLVMCreateEnumAttribute(context.ref, kind, 0))
  }

  /// An attribute that is a string, such as target-cpu.
  package func addAttribute(_ name: String, _ text: String) {
    add(
      LLVMCreateStringAttribute(context.ref, name, UInt32(name.utf8.count), text, UInt32(text.utf8.count)))
  }

  private func add(_ attribute: LLVMAttributeRef?) {
    // LLVMAttributeFunctionIndex is -1, which C's unsigned index type holds as all ones.
    LLVMAddAttributeAtIndex(value.ref, LLVMAttributeIndex(bitPattern: -1), attribute)
  }
}
