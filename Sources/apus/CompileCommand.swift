import ArgumentParser
import CodeGen
import Compiler
import Foundation

struct CompileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Compiles a network to an executable or a library that needs nothing of Apus.",
    discussion: """
      The executable classifies pictures, runs on .npy files and times itself: see its --help. A library comes with \
      a C header. graph, loops, llvm and asm show the network at each stage, on standard output unless -o says where; \
      they need no weights.

      Examples:
        apus compile resnet.apus --network ResNet50 --weights resnet50.safetensors -o resnet50
        apus compile net.apus --seed 1 --emit shared -o libnet.so --batch 1..16
        apus compile net.apus --emit graph
      """)

  /// What comes out.
  enum Product: String, CaseIterable, ExpressibleByArgument {
    case exe, shared, `static`, object, graph, loops, llvm, asm
  }

  @OptionGroup var network: NetworkOptions
  @OptionGroup var options: CompilationOptions

  @Option(help: "What to write: \(Product.allCases.map(\.rawValue).joined(separator: ", ")).")
  var emit = Product.exe

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to write it; by default named after the network.", valueName: "out"),
    completion: .file())
  var output: String?

  @Flag(help: "Write the weights to a file beside the binary, which it maps, instead of into it.")
  var weightsBeside = false

  func validate() throws {
    if output == "" { throw ValidationError("--output takes a path, not an empty one.") }
  }

  func run() throws {
    let stages = StageLine("compiling")
    defer { stages.clear() }
    var compilation = try network.compile(options, stages)
    if let form = Artifact.Form(rawValue: emit.rawValue) {
      let files = try write(&compilation, as: form)
      stages.clear()
      for file in files { writeToStandardError("wrote \(file)") }
    } else {
      let text = try text(of: compilation)
      stages.clear()
      try apus.write(text, to: output ?? "-")
    }
    if options.report { writeToStandardError(CompilationReport(compilation).text) }
  }

  /// The paths of what was written.
  private func write(_ compilation: inout Compilation, as form: Artifact.Form) throws -> [String] {
    let path = output ?? defaultPath(cIdentifier(compilation.program.name), form)
    try checkOutput(path)
    let toolchain = try Toolchain()
    let weights = try options.loadWeights(for: compilation.network)
    let threadCount = options.compilerThreadCount
    let artifact = try compilation.artifact(
      weights: weights, placement: weightsBeside ? .beside : .embedded, threadCount: threadCount)
    let files = try compilation.measured("link") {
      try artifact.write(form, to: path, toolchain: toolchain, threadCount: threadCount)
    }
    return [files.binary, files.header, files.weights].compactMap(\.self)
  }

  private func defaultPath(_ name: String, _ form: Artifact.Form) -> String {
    switch form {
    case .executable: name.lowercased()
    case .sharedLibrary: "lib\(name.lowercased()).so"
    case .staticLibrary: "lib\(name.lowercased()).a"
    case .object: "\(name.lowercased()).o"
    }
  }

  private func text(of compilation: Compilation) throws -> String {
    let kernels = compilation.program.kernels
    switch emit {
    case .graph: return compilation.graph.description
    case .loops: return ([compilation.program.description] + kernels.map(\.description)).joined(separator: "\n")
    case .llvm: return try emitLLVM(kernels, symbolPrefix: Artifact.kernelPrefix, for: compilation.target)
    default: return try emitAssembly(kernels, symbolPrefix: Artifact.kernelPrefix, for: compilation.target)
    }
  }
}
