import LLVMKit
import LoopIR

/// Generates machine code for a kernel: an object file that defines the function `symbol` and needs no other.
/// - Throws: CodeGenerationError, where the kernel is not valid, or LLVM fails.
package func emitObject(_ kernel: Kernel, symbol: String, for target: Target) throws -> [UInt8] {
  try withModule(of: [(kernel, symbol)], for: target) { try $1.emit(.object, of: $0) }
}

/// Generates an object file for each kernel, on `threadCount` threads. The symbol of a kernel is `symbolPrefix` and
/// its position. The bytes do not depend on the thread count.
/// - Throws: CodeGenerationError for the first kernel, in order, that fails.
package func emitObjects(
  _ kernels: [Kernel], symbolPrefix: String, for target: Target, threadCount: Int = 1
) throws -> [[UInt8]] {
  try mapInParallel(kernels.indices, threadCount: threadCount) { position in
    try emitObject(kernels[position], symbol: kernelSymbol(symbolPrefix, position), for: target)
  }
}

/// The symbol of the kernel at that position.
package func kernelSymbol(_ prefix: String, _ position: Int) -> String { "\(prefix)\(position)" }

/// The kernels as textual LLVM IR, in one module.
/// - Throws: CodeGenerationError, where a kernel is not valid.
package func emitLLVM(_ kernels: [Kernel], symbolPrefix: String, for target: Target) throws -> String {
  try withModule(of: named(kernels, symbolPrefix), for: target) { module, _ in module.text }
}

/// The kernels as assembly language, in one file.
/// - Throws: CodeGenerationError, where a kernel is not valid, or LLVM fails.
package func emitAssembly(_ kernels: [Kernel], symbolPrefix: String, for target: Target) throws -> String {
  try withModule(of: named(kernels, symbolPrefix), for: target) { module, machine in
    String(decoding: try machine.emit(.assembly, of: module), as: UTF8.self)
  }
}

private func named(_ kernels: [Kernel], _ prefix: String) -> [(Kernel, String)] {
  kernels.enumerated().map { ($1, kernelSymbol(prefix, $0)) }
}

private func withModule<Result>(
  of kernels: [(Kernel, String)], for target: Target, _ body: (Module, TargetMachine) throws -> Result
) throws -> Result {
  for (kernel, _) in kernels {
    let errors = kernel.verify()
    guard errors.isEmpty else {
      throw CodeGenerationError(kernel: kernel.name, reason: errors.map(\.description).joined(separator: "\n"))
    }
  }
  do {
    let module = Module(name: kernels.first?.1 ?? "empty", in: Context())
    let machine = try TargetMachine(triple: target.triple, cpu: target.cpu, features: target.featureList)
    machine.prepare(module)
    for (kernel, symbol) in kernels {
      try KernelEmitter.emit(kernel, as: symbol, for: target, into: module)
    }
    try module.verify()
    return try body(module, machine)
  } catch let error as LLVMError {
    throw CodeGenerationError(kernel: kernels.first?.0.name ?? "", reason: error.description)
  }
}

/// Why there is no code for a kernel: a defect of Apus, not of its input.
package struct CodeGenerationError: Error, CustomStringConvertible {
  package let kernel: String
  package let reason: String

  package var description: String { "cannot generate code for kernel '\(kernel)': \(reason)" }
}
