// swift-tools-version: 6.1
import Foundation
import PackageDescription

// Debian's llvm-dev links /usr/include/llvm-c to the version it ships, and the
// library's file name carries that version (docs/decisions/0002-llvm.md).
let llvmVersion: String = {
  let headers = try? FileManager.default.destinationOfSymbolicLink(atPath: "/usr/include/llvm-c")
  guard let directory = headers?.split(separator: "/").first(where: { $0.hasPrefix("llvm-") && $0 != "llvm-c" }) else {
    fatalError("LLVM's C headers are not installed: run tools/setup")
  }
  return String(directory.dropFirst("llvm-".count))
}()

let collections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")

/// The layers of Apus, from the bottom up. A target imports only what stands above it here;
/// Tests/ArchitectureTests checks the sources against the table of docs/ARCHITECTURE.md.
let package = Package(
  name: "apus",
  products: [
    .executable(name: "apus", targets: ["apus"]),
    .library(name: "Compiler", targets: ["Compiler"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    .systemLibrary(name: "CLLVM", providers: [.apt(["llvm-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),

    .target(
      name: "CRuntime", path: "Sources/Runtime",
      cSettings: [.define("_GNU_SOURCE")],
      linkerSettings: [
        .linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("z"), .linkedLibrary("m"),
        .linkedLibrary("pthread"),
      ]),
    .target(name: "Tensors"),
    .target(name: "Diagnostics"),
    .target(name: "Formats", dependencies: ["Diagnostics", collections]),
    .target(name: "LoopIR"),
    .target(name: "Kernels", dependencies: ["LoopIR", "CRuntime"]),
    .target(name: "GraphIR", dependencies: ["Tensors", "Diagnostics", "LoopIR", "Kernels", collections]),
    .target(name: "Ops", dependencies: ["GraphIR"]),
    .target(name: "Language", dependencies: ["Ops"]),
    .target(name: "Passes", dependencies: ["Ops"]),
    .target(name: "Lowering", dependencies: ["GraphIR"]),
    .target(
      name: "LLVMKit", dependencies: ["CLLVM"],
      linkerSettings: [.linkedLibrary("LLVM-\(llvmVersion)")]),
    .target(name: "CodeGen", dependencies: ["LLVMKit", "LoopIR", "Kernels", "CRuntime", "Lowering"]),
    .target(name: "Reference", dependencies: ["GraphIR", "COpenBLAS"]),
    .target(name: "Training", dependencies: ["GraphIR", "Formats", "CRuntime", "CodeGen"]),
    .target(
      name: "Compiler",
      dependencies: [
        "Language", "Passes", "Lowering", "CodeGen", "Reference", "Training", "Formats", "CRuntime", collections,
      ]),
    .executableTarget(
      name: "apus",
      dependencies: [
        "Compiler", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .executableTarget(
      name: "apus-bench-kernels", dependencies: ["Compiler", "CodeGen", "Lowering", "Ops"], path: "Benchmarks/Kernels"),

    .target(name: "TestSupport", dependencies: ["Ops"], path: "Tests/TestSupport"),
    .testTarget(name: "ArchitectureTests"),
    .testTarget(name: "RuntimeTests", dependencies: ["CRuntime", "CodeGen"]),
    .testTarget(name: "FormatsTests", dependencies: ["Formats"]),
    .testTarget(name: "LoopIRTests", dependencies: ["LoopIR"]),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "CodeGen", "TestSupport"]),
    .testTarget(name: "GraphIRTests", dependencies: ["Ops", "TestSupport"]),
    .testTarget(name: "OpsTests", dependencies: ["Ops", "Reference", "TestSupport"]),
    .testTarget(name: "LanguageTests", dependencies: ["Language", "TestSupport"]),
    .testTarget(
      name: "PassesTests", dependencies: ["Passes", "Reference", "TestSupport"], exclude: ["FileTests"]),
    .testTarget(name: "LoweringTests", dependencies: ["Lowering", "CodeGen", "Reference", "TestSupport"]),
    .testTarget(name: "CodeGenTests", dependencies: ["CodeGen", "LoopIR", "Kernels"]),
    .testTarget(name: "ReferenceTests", dependencies: ["Reference", "TestSupport"]),
    .testTarget(name: "TrainingTests", dependencies: ["Training", "TestSupport"]),
    .testTarget(name: "CompilerTests", dependencies: ["Compiler", "TestSupport"]),
    .testTarget(name: "CommandLineTests", dependencies: ["apus", "Compiler", "TestSupport", "Training"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu17
)
