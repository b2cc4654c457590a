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
        apus bench examples/networks/cifar.apus --network ResNet20 --train --seed 1 --batch 128
      """)

  @OptionGroup var network: NetworkOptions
  @OptionGroup var options: CompilationOptions
  @OptionGroup var thread: ThreadOption

  @Flag(help: "Time steps of training instead: forward, loss, backward and update, by the network's recipe.")
  var train = false

  @OptionGroup var memory: StepMemoryOption
  @OptionGroup var extent: MeasuringOptions

  @Flag(help: "Print JSON: network, batch, threads, target, precision, min_ms, median_ms, ..., times_ms.")
  var json = false

  func validate() throws { try memory.check(isTraining: train) }

  func run() throws {
    let status: CInt
    if train {
      let session = try network.loadTraining(options, memory, threadCount: thread.threads)
      status = session.bench(
        repeatCount: extent.repeatCount, seconds: extent.seconds ?? 2,
        peakGigaflops: try peakGigaflops(threadCount: session.threadCount), asJSON: json)
    } else {
      let context = try ExecutionContext(model: network.load(options), threadCount: thread.threads)
      status = context.bench(
        batch: options.batchSizes.upperBound, repeatCount: extent.repeatCount, seconds: extent.seconds ?? 2,
        peakGigaflops: try peakGigaflops(threadCount: context.threadCount), asJSON: json)
    }
    if status != 0 { throw ExitCode(status) }
  }

  private func peakGigaflops(threadCount: Int) throws -> Double {
    2e-9 * (try MultiplyAddPeak(target: options.resolveTarget()).measure()) * Double(threadCount)
  }
}
