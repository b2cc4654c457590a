import ArgumentParser
import CodeGen
import Compiler
import Foundation

struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Measures which algorithm and schedule of each convolution is the fastest on this machine.",
    discussion: """
      Every distinct convolution of the network is timed with the algorithms and schedules that the compiler considers, the most \
      promising first, until the time is up. What is faster than the compiler's own choice is written to a file, \
      which the other commands read with --tuning. Leave the machine alone meanwhile.

      Examples:
        apus tune examples/networks/resnet.apus --network ResNet50 --seconds 60
        apus compile examples/networks/resnet.apus --network ResNet50 --seed 1 --tuning resnet50.tuning
      """)

  @OptionGroup var network: NetworkOptions
  @OptionGroup var options: CompilationOptions
  @OptionGroup var thread: ThreadOption

  @Option(help: ArgumentHelp("How long to measure.", valueName: "s"))
  var seconds = 30.0

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to write the file; by default NETWORK.tuning.", valueName: "out"), completion: .file())
  var output: String?

  func validate() throws {
    guard (0.001...86_400).contains(seconds) else { throw ValidationError("--seconds takes 0.001 to 86400.") }
    if output == "" { throw ValidationError("--output takes a path, not an empty one.") }
  }

  func run() throws {
    let stages = StageLine("compiling")
    defer { stages.clear() }
    let compilation = try network.compileForHost(options, stages)
    stages.clear()
    let path = output ?? "\(cIdentifier(compilation.program.name).lowercased()).tuning"
    if path != "-" { try checkOutput(path) }
    var progress = ProgressBar("tuning")
    let report = try TuningReport(
      of: compilation, batch: options.batchSizes, isExact: options.exact, threadCount: thread.threads, seconds: seconds
    ) { progress.update(Int(100 * $0), of: 100) }
    progress.finish()
    writeToStandardError(table(report))
    try write(TuningFile(report.tuning, for: compilation.target).text, to: path)
    if path != "-" { writeToStandardError("wrote \(path)") }
  }

  private func table(_ report: TuningReport) -> String {
    func milliseconds(_ seconds: Double) -> String { String(format: "%.3f", 1e3 * seconds) }
    let modelled = report.entries.map { Double($0.count) * $0.modelled.seconds }.reduce(0, +)
    let chosen = report.entries.map { Double($0.count) * $0.chosen.seconds }.reduce(0, +)
    return TextTable(
      columns: [
        .words("convolution"), .number("count"), .number("tried"), .words("by the cost model"), .number("ms"),
        .words("fastest"), .number("ms"),
      ],
      rows: report.entries.map { entry in
        [
          entry.key, "\(entry.count)", "\(entry.candidateCount)", entry.modelled.algorithm,
          milliseconds(entry.modelled.seconds), entry.chosen.algorithm, milliseconds(entry.chosen.seconds),
        ]
      },
      footers: [["total", "", "", "", milliseconds(modelled), "", milliseconds(chosen)]]
    ).text
  }
}
