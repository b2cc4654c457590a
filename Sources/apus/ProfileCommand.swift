import ArgumentParser
import CodeGen
import Compiler
import GraphIR

struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Shows where a network's time goes, step by step.",
    discussion: """
      Runs the network, compiled just in time, and times every step where it stands, between the step before and the \
      step after. A step's roof is what its multiply-adds, or the bytes that it must read and write, take at the \
      least on this machine, which is measured. Multiply-adds are those of the plain algorithm.

      Examples:
        apus profile examples/networks/resnet.apus --network ResNet50 --seed 1
        apus profile net.apus --seed 1 --batch 8 --threads 2 --trace net.json
      """)

  @OptionGroup var network: NetworkOptions
  @OptionGroup var options: CompilationOptions
  @OptionGroup var thread: ThreadOption
  @OptionGroup var extent: MeasuringOptions

  @Option(
    help: ArgumentHelp(
      "Write the fastest run, chunk by chunk and thread by thread, for chrome://tracing or Perfetto.",
      valueName: "out.json"), completion: .file(extensions: ["json"]))
  var trace: String?

  @Flag(help: "Profile a step of training instead, by the network's first recipe.")
  var train = false

  @OptionGroup var memory: StepMemoryOption

  @Flag(help: "Print JSON: network, batch, threads, steps, ops, roof, ....")
  var json = false

  func validate() throws { try memory.check(isTraining: train) }

  func run() throws {
    if let trace, trace != "-" { try checkOutput(trace) }
    let target = try options.resolveTarget()
    let batch = options.batchSizes.upperBound
    let (graph, context) = try train ? compileTraining() : compileInference(batch: batch)
    var progress = ProgressBar("profiling")
    let profile = try Profile(of: graph, for: target, in: context, batch: batch, extent: extent.extent) {
      progress.update(Int(100 * $0), of: 100)
    }
    progress.finish()
    let report = ProfileReport(profile, name: graph.name, target: target, batch: batch)
    if let trace { try write(ChromeTrace(profile).json(), to: trace) }
    print(json ? try report.json() : report.text)
  }

  private func compileInference(batch: Int) throws -> (Graph, ExecutionContext) {
    let stages = StageLine("compiling")
    defer { stages.clear() }
    var compilation = try network.compileForHost(options, stages)
    let weights = try options.weights.load(for: compilation.network)
    let model = try compilation.model(weights: weights, threadCount: options.compilerThreadCount)
    stages.clear()
    if options.report { writeToStandardError(CompilationReport(compilation).text) }
    return (
      compilation.graph, try ExecutionContext(model: model, threadCount: thread.threads, largestBatch: batch)
    )
  }

  private func compileTraining() throws -> (Graph, ExecutionContext) {
    let session = try network.loadTraining(options, memory, threadCount: thread.threads)
    return (session.compilation.graph, session.context)
  }
}

/// How long commands measure.
struct MeasuringOptions: ParsableArguments {
  @Option(name: .customLong("repeat"), help: ArgumentHelp("Time just this many runs.", valueName: "n"))
  var repeatCount: Int?

  @Option(help: ArgumentHelp("Time runs for about this long; 2 without --repeat.", valueName: "s"))
  var seconds: Double?

  func validate() throws {
    if let repeatCount, !(1...1_000_000).contains(repeatCount) { throw ValidationError("--repeat takes 1 to 1000000.") }
    if let seconds, !(0.001...86_400).contains(seconds) { throw ValidationError("--seconds takes 0.001 to 86400.") }
    if repeatCount != nil && seconds != nil { throw ValidationError("Give either --repeat or --seconds.") }
  }

  var extent: Profile.Extent { repeatCount.map(Profile.Extent.runs) ?? .seconds(seconds ?? 2) }
}
