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

  @OptionGroup var extent: MeasuringOptions

  @Flag(help: "Print JSON: network, batch, threads, target, precision, min_ms, median_ms, ..., times_ms.")
  var json = false

  func run() throws {
    let model = try network.load(options)
    let context = try ExecutionContext(model: model, threadCount: thread.threads)
    let peak = try MultiplyAddPeak(target: options.resolveTarget()).measure()
    let status = context.bench(
      batch: options.batch.sizes.upperBound, repeatCount: extent.repeatCount, seconds: extent.seconds ?? 2,
      peakGigaflops: 2e-9 * peak * Double(context.threadCount), asJSON: json)
    if status != 0 { throw ExitCode(status) }
  }
}
