import ArgumentParser
import CodeGen
import Compiler

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Times a network, compiled just in time.",
    discussion: """
      Runs it until the time is up, after a warm-up that does not count, and reports the minimum, the median and the \
      slow tail, GFLOP/s, and the fraction of what this machine's multiply-add units can do at the most.

      Examples:
        apus bench examples/networks/resnet.apus --network ResNet50 --seed 1 --threads 2
        apus bench net.apus --seed 1 --batch 8 --repeat 50 --json
      """)

  @OptionGroup var network: NetworkOptions
  @OptionGroup var options: CompilationOptions
  @OptionGroup var thread: ThreadOption

  @Option(name: .customLong("repeat"), help: ArgumentHelp("Time just this many runs.", valueName: "n"))
  var repeatCount: Int?

  @Option(help: ArgumentHelp("Time runs for about this long; 2 without --repeat.", valueName: "s"))
  var seconds: Double?

  @Flag(help: "Print JSON: network, batch, threads, target, precision, min_ms, median_ms, ..., times_ms.")
  var json = false

  func validate() throws {
    if let repeatCount, !(1...1_000_000).contains(repeatCount) { throw ValidationError("--repeat takes 1 to 1000000.") }
    if let seconds, !(0.001...86_400).contains(seconds) { throw ValidationError("--seconds takes 0.001 to 86400.") }
    if repeatCount != nil && seconds != nil { throw ValidationError("Give either --repeat or --seconds.") }
  }

  func run() throws {
    let model = try network.load(options)
    let context = try ExecutionContext(model: model, threadCount: thread.threads)
    let peak = try MultiplyAddPeak(target: options.resolveTarget()).measure()
    let status = context.bench(
      batch: options.batch.sizes.upperBound, repeatCount: repeatCount, seconds: seconds ?? 2,
      peakGigaflops: 2e-9 * peak * Double(context.threadCount), asJSON: json)
    if status != 0 { throw ExitCode(status) }
  }
}
