import CLLVM

/// Links object code into this process, by ORC.
package final class ObjectLinker {
  private let ref: LLVMOrcLLJITRef

  /// - Throws: LLVMError, where LLVM has no such linker for this host.
  package init() throws {
    registerTargets
    var jit: LLVMOrcLLJITRef?
    try check(LLVMOrcCreateLLJIT(&jit, nil))
    guard let jit else { throw LLVMError("LLVM made no linker") }
    ref = jit
  }

  /// Code that was linked is unmapped: no address of it may be used any more.
  deinit { LLVMConsumeError(LLVMOrcDisposeLLJIT(ref)) }

  /// - Throws: LLVMError, where the object is malformed or defines a symbol again.
  package func add(object: [UInt8]) throws {
    let buffer = object.withUnsafeBytes { bytes in
      LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, "object")
    }
    // The linker owns the buffer from here on.
    try check(LLVMOrcLLJITAddObjectFile(ref, LLVMOrcLLJITGetMainJITDylib(ref), buffer))
  }

  /// The address of a function.
  /// - Throws: LLVMError, where it is not defined, or mentions symbols that are not.
  package func address(of symbol: String) throws -> UInt {
    var address: LLVMOrcExecutorAddress = 0
    try check(LLVMOrcLLJITLookup(ref, &address, symbol))
    return UInt(address)
  }
}

/// - Throws: LLVMError with the message of `error`, which is used up.
private func check(_ error: LLVMErrorRef?) throws {
  guard let error else { return }
  let message = LLVMGetErrorMessage(error)
  defer { LLVMDisposeErrorMessage(message) }
  throw LLVMError(message.map { String(cString: $0) } ?? "unknown error")
}
