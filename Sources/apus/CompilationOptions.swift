import ArgumentParser
import CodeGen
import Compiler
import Diagnostics
import Foundation
import GraphIR

/// What every command that makes code takes, beside the network.
struct CompilationOptions: ParsableArguments {
  @OptionGroup var weights: WeightsOptions

  @Option(
    help:
      "The images of a run: a number up to 65536, or a range such as 1..16, of which each run takes any. (default: 1)")
  var batch: BatchRange?

  @Option(help: ArgumentHelp("The processor: \(Target.names.joined(separator: ", ")).", valueName: "name"))
  var target = "native"

  @Flag(
    help:
      "Multiply the network's own numbers only: no convolution by Winograd's algorithm or Strassen's, which round more."
  )
  var exact = false

  @Option(
    help: ArgumentHelp("Schedules as apus tune measured them on this machine.", valueName: "file"),
    completion: .file(extensions: ["tuning"]))
  var tuning: String?

  @Flag(help: "Say on standard error what each stage took, and the memory.")
  var report = false

  /// The batches to compile for.
  var batchSizes: ClosedRange<Int> { batch?.sizes ?? 1...1 }

  func resolveTarget() throws -> Target {
    do {
      return try Target(named: target)
    } catch let error as TargetError {
      throw ValidationError(error.description)
    }
  }

  /// The target with what a tuning file says of it.
  func tunedTarget() throws -> Target {
    var target = try resolveTarget()
    guard let tuning else { return target }
    let file = try TuningFile(path: tuning)
    if file.processor == target.processor {
      target.machine.tuning = file.tuning
    } else {
      writeToStandardError(
        "\(tuning): note: not used: it was measured for the processor \(file.processor), and this is \(target.processor)"
      )
    }
    return target
  }

  /// Threads that compilation may keep busy.
  var compilerThreadCount: Int { ProcessInfo.processInfo.activeProcessorCount }
}

/// The batches that code is made for: `8`, or `1..16`.
struct BatchRange: ExpressibleByArgument {
  /// More images than this at a time would be a mistake.
  static let largest = 1 << 16

  var sizes: ClosedRange<Int>

  init?(argument: String) {
    let bounds = argument.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = [bounds.first, bounds.last].compactMap { $0.flatMap { Int($0) } }
    guard bounds.count == 1 || (bounds.count == 3 && bounds[1].isEmpty), numbers.count == 2,
      (1...Self.largest).contains(numbers[0]), (numbers[0]...Self.largest).contains(numbers[1])
    else { return nil }
    sizes = numbers[0]...numbers[1]
  }
}

/// The threads of a run.
struct ThreadOption: ParsableArguments {
  @Option(help: ArgumentHelp("Threads; without it, as many as the process may keep busy.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads takes 1 to 1024.") }
  }
}

extension NetworkOptions {
  /// Compiles the network just in time.
  func load(_ options: CompilationOptions) throws -> ExecutableModel {
    let stages = StageLine("compiling")
    defer { stages.clear() }
    var compilation = try compileForHost(options, stages)
    let weights = try options.weights.load(for: compilation.network)
    let model = try compilation.model(weights: weights, threadCount: options.compilerThreadCount)
    stages.clear()
    if options.report { writeToStandardError(CompilationReport(compilation).text) }
    return model
  }

  /// For code that is to run in this process.
  func compileForHost(_ options: CompilationOptions, _ stages: StageLine) throws -> Compilation {
    let target = try options.resolveTarget()
    guard target.runsOnHost else { throw ValidationError("This machine cannot run code for \(target).") }
    return try compile(options, stages)
  }

  func compile(_ options: CompilationOptions, _ stages: StageLine) throws -> Compilation {
    try Compilation(
      elaborate(), target: options.tunedTarget(), batch: options.batchSizes, isExact: options.exact,
      announce: stages.show)
  }
}
