import LLVMKit
import LoopIR

/// A kernel's machine code: operands, batch size N, chunk.
package typealias KernelFunction =
  @convention(c) (UnsafePointer<UnsafeMutableRawPointer?>, Int64, Int64) -> Void

/// Kernels that were compiled into this process. Their code lives as long as this object.
package final class JIT: @unchecked Sendable {
  /// The functions, in the order of the kernels.
  package let functions: [KernelFunction]
  // Kept for the code that it owns; nothing of it is called once the functions are known.
  private let linker: ObjectLinker

  /// Compiles on `threadCount` threads.
  /// - Throws: CodeGenerationError, where a kernel is not valid, or LLVM fails.
  package init(_ kernels: [Kernel], for target: Target, threadCount: Int = 1) throws {
    let prefix = "kernel"
    let objects = try emitObjects(kernels, symbolPrefix: prefix, for: target, threadCount: threadCount)
    do {
      let linker = try ObjectLinker()
      for object in objects { try linker.add(object: object) }
      functions = try kernels.indices.map { position in
        let address = try linker.address(of: kernelSymbol(prefix, position))
        return unsafeBitCast(address, to: KernelFunction.self)
      }
      self.linker = linker
    } catch let error as LLVMError {
      throw CodeGenerationError(kernel: kernels.first?.name ?? "", reason: error.description)
    }
  }
}
