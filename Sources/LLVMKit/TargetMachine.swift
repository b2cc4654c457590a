import CLLVM

/// Turns modules into machine code for one processor. Used by one thread at a time.
package final class TargetMachine {
  /// What to write.
  package enum Output { case object, assembly }

  private let ref: LLVMTargetMachineRef

  /// Code is position-independent, and optimised as far as instruction selection, scheduling and register
  /// allocation go; no pass over the IR is run.
  /// - Throws: LLVMError, where LLVM lacks the target.
  package init(triple: String, cpu: String, features: String) throws {
    registerTargets
    var target: LLVMTargetRef?
    var message: UnsafeMutablePointer<CChar>?
    guard LLVMGetTargetFromTriple(triple, &target, &message) == 0 else {
      throw LLVMError(owned: message, or: "LLVM has no target for '\(triple)'")
    }
    let machine = LLVMCreateTargetMachine(
      target, triple, cpu, features, LLVMCodeGenLevelAggressive, LLVMRelocPIC, LLVMCodeModelDefault)
    guard let machine else { throw LLVMError("LLVM cannot generate code for '\(triple)'") }
    ref = machine
  }

  deinit { LLVMDisposeTargetMachine(ref) }

  /// Gives the module this machine's triple and data layout, without which its code would be wrong.
  package func prepare(_ module: Module) {
    let layout = LLVMCreateTargetDataLayout(ref)
    defer { LLVMDisposeTargetData(layout) }
    LLVMSetModuleDataLayout(module.ref, layout)
    let triple = LLVMGetTargetMachineTriple(ref)
    defer { LLVMDisposeMessage(triple) }
    LLVMSetTarget(module.ref, triple)
  }

  /// - Throws: LLVMError, where the target cannot write that kind of file.
  package func emit(_ output: Output, of module: Module) throws -> [UInt8] {
    var message: UnsafeMutablePointer<CChar>?
    var buffer: LLVMMemoryBufferRef?
    let kind = output == .object ? LLVMObjectFile : LLVMAssemblyFile
    guard LLVMTargetMachineEmitToMemoryBuffer(ref, module.ref, kind, &message, &buffer) == 0, let buffer else {
      throw LLVMError(owned: message, or: "LLVM gave no code")
    }
    defer { LLVMDisposeMemoryBuffer(buffer) }
    let start = UnsafeRawPointer(LLVMGetBufferStart(buffer))
    return [UInt8](UnsafeRawBufferPointer(start: start, count: LLVMGetBufferSize(buffer)))
  }
}

/// The processor that this process runs on.
package enum Host {
  package static var triple: String { take(LLVMGetDefaultTargetTriple()) }
  /// LLVM's name for it, which old versions of LLVM guess for new processors.
  package static var cpu: String { take(LLVMGetHostCPUName()) }
  /// `+` or `-` before each feature's name, separated by commas.
  package static var features: String { take(LLVMGetHostCPUFeatures()) }

  private static func take(_ message: UnsafeMutablePointer<CChar>?) -> String {
    defer { LLVMDisposeMessage(message) }
    return message.map { String(cString: $0) } ?? ""
  }
}

/// The version of LLVM, such as 14.
package var llvmMajorVersion: Int { Int(LLVM_VERSION_MAJOR) }

/// Makes LLVM know the targets that Apus has, once, and how to compile for them.
let registerTargets: Void = {
  setProcessOptions()
  LLVMInitializeX86TargetInfo()
  LLVMInitializeX86Target()
  LLVMInitializeX86TargetMC()
  LLVMInitializeX86AsmPrinter()
  LLVMInitializeAArch64TargetInfo()
  LLVMInitializeAArch64Target()
  LLVMInitializeAArch64TargetMC()
  LLVMInitializeAArch64AsmPrinter()
}()

/// Options that LLVM has for a whole process only.
private func setProcessOptions() {
  // Kernels come with few addresses, already outside the loops where they can be. Strength reduction makes more of
  // them, which costs spills, and takes most of the compile time (docs/decisions/0002-llvm.md).
  let arguments = ["apus", "-disable-lsr"]
  arguments[0].withCString { program in
    arguments[1].withCString { option in
      LLVMParseCommandLineOptions(2, [program, option], nil)
    }
  }
}
