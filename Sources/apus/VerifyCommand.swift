import ArgumentParser
import CodeGen
import Compiler
import Foundation

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compares compiled code with the reference engine, node by node.",
    discussion: """
      The reference computes the network as it is written, without passes, in f64. Every step of the compiled code \
      whose value the network has too is compared; the first that diverges ends with exit code 70. The inputs are \
      drawn at random from a fixed seed.

      Examples:
        apus verify examples/networks/resnet.apus --network ResNet50 --seed 1
        apus verify net.apus --weights w.safetensors --batch 7 --threads 3
      """)

  @OptionGroup var network: NetworkOptions
  @OptionGroup var options: CompilationOptions
  @OptionGroup var thread: ThreadOption

  @Flag(help: "Print every step, not just the summary.")
  var verbose = false

  @Flag(help: "Print JSON: steps (name, error, tolerance), largest_error.")
  var json = false

  func run() throws {
    let stages = StageLine("compiling")
    defer { stages.clear() }
    var compilation = try network.compileForHost(options, stages)
    let weights = try options.weights.load(for: compilation.network)
    let model = try compilation.model(weights: weights, threadCount: options.compilerThreadCount)
    stages.clear()
    var progress = ProgressBar("verifying")
    let verification = try Verification(
      compilation, model: model, weights: weights, batch: options.batchSizes.upperBound,
      threadCount: thread.threads
    ) { done, total in progress.update(done, of: total) }
    progress.finish()
    if options.report { writeToStandardError(CompilationReport(compilation).text) }
    if json { print(try verification.json()) } else { print(verification.text(verbose: verbose)) }
    if verification.firstDivergence != nil { throw ExitCode(Failure.Kind.bug.rawValue) }
  }
}
