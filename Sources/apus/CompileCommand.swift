import ArgumentParser
import CodeGen
import Compiler
import GraphIR
import Lowering

struct CompileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Compiles a network to an executable or a library that needs nothing of Apus.",
    discussion: """
      The executable classifies pictures, runs on .npy files and times itself: see its --help. A library comes with \
      a C header. graph, loops, llvm and asm show the network at each stage, on standard output unless -o says where; \
      they need no weights. With --train, the library trains the network: its header has a step, an evaluation, and \
      functions that save and load weights.

      Examples:
        apus compile resnet.apus --network ResNet50 --weights resnet50.safetensors -o resnet50
        apus compile net.apus --seed 1 --emit shared -o libnet.so --batch 1..16
        apus compile net.apus --emit graph
        apus compile --train net.apus --batch 128 --emit shared -o libnet.so --memory 800M
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

  @Flag(help: "Write a library that trains the network; --batch are the images of a step, by default the recipe's.")
  var train = false

  @OptionGroup var memory: StepMemoryOption

  @Option(help: ArgumentHelp("With --train, one of the network's recipes; the first unless said.", valueName: "name"))
  var recipe: String?

  func validate() throws {
    if output == "" { throw ValidationError("--output takes a path, not an empty one.") }
    if train { try validateTraining() }
    if recipe != nil && !train { throw ValidationError("--recipe goes with --train.") }
    try memory.check(isTraining: train)
  }

  func run() throws {
    if train { return try compileTraining() }
    let stages = StageLine("compiling")
    defer { stages.clear() }
    var compilation = try network.compile(options, stages)
    if let form = Artifact.Form(rawValue: emit.rawValue) {
      let files = try write(&compilation, as: form)
      stages.clear()
      announce(files)
    } else {
      let text = try text(graph: compilation.graph, programs: [compilation.program], target: compilation.target)
      stages.clear()
      try apus.write(text, to: output ?? "-")
    }
    if options.report { writeToStandardError(CompilationReport(compilation).text) }
  }

  private func write(_ compilation: inout Compilation, as form: Artifact.Form) throws -> Artifact.Files {
    let path = output ?? defaultPath(compilation.program.name, form)
    try checkOutput(path)
    let toolchain = try Toolchain()
    let weights = try options.weights.load(for: compilation.network)
    let threadCount = options.compilerThreadCount
    let artifact = try compilation.artifact(
      weights: weights, placement: weightsBeside ? .beside : .embedded, threadCount: threadCount)
    return try compilation.measured("link") {
      try artifact.write(form, to: path, toolchain: toolchain, threadCount: threadCount)
    }
  }

  func announce(_ files: Artifact.Files) {
    for file in [files.binary, files.header, files.weights].compactMap(\.self) { writeToStandardError("wrote \(file)") }
  }

  /// - Parameter network: Its name, which need not be a C identifier.
  func defaultPath(_ network: String, _ form: Artifact.Form) -> String {
    let name = cIdentifier(network).lowercased()
    return switch form {
    case .executable: name
    case .sharedLibrary: "lib\(name).so"
    case .staticLibrary: "lib\(name).a"
    case .object: "\(name).o"
    }
  }

  /// A stage of the compilation, for people.
  func text(graph: Graph, programs: [Program], target: Target) throws -> String {
    let kernels = programs.flatMap(\.kernels)
    switch emit {
    case .graph: return graph.description
    case .loops: return (programs.map(\.description) + kernels.map(\.description)).joined(separator: "\n")
    case .llvm: return try emitLLVM(kernels, symbolPrefix: Artifact.kernelPrefix, for: target)
    default: return try emitAssembly(kernels, symbolPrefix: Artifact.kernelPrefix, for: target)
    }
  }
}
