import CodeGen
import Compiler
import Foundation
import Lowering

/// What `--report` says of a compilation.
struct CompilationReport {
  private let rows: [(String, String)]

  init(_ compilation: Compilation) {
    let program = compilation.program
    let times = compilation.stages.map { ($0.name, milliseconds($0.duration)) }
    let total = compilation.stages.map(\.duration).reduce(.zero, +)
    rows =
      times + [
        ("total", milliseconds(total)),
        ("steps", "\(program.steps.count), of \(program.kernels.count) kernels"),
        ("algorithms", Self.algorithms(of: program)),
        ("weights", mebibytes(program.weightsByteCount)),
        (
          "arena for one image",
          "\(mebibytes(program.arenaByteCountPerImage)), \(mebibytes(program.liveByteCountPerImage)) alive at the peak"
        ),
        ("scratch for a thread", mebibytes(program.scratchByteCount)),
      ]
  }

  /// What computes the steps that multiply and add, and how many each: kernels are named number_algorithm_shape.
  private static func algorithms(of program: Program) -> String {
    let names = program.steps.filter { $0.multiplyAdds > 0 }
      .map { program.kernels[$0.kernel].name.split(separator: "_").dropFirst().first ?? "" }
    return Dictionary(grouping: names) { $0 }.map { "\($0) \($1.count)" }.sorted().joined(separator: ", ")
  }

  /// Of a network under training.
  init(_ programs: TrainingPrograms) {
    let (step, evaluation) = (programs.step, programs.evaluation)
    let memory = programs.stateByteCount + programs.workspaceByteCount
    rows = [
      ("step", "\(step.steps.count) steps, of \(step.kernels.count) kernels"),
      ("evaluation", "\(evaluation.steps.count) steps, of \(evaluation.kernels.count) kernels"),
      ("state", "\(mebibytes(programs.stateByteCount)): weights, statistics and momentum"),
      ("arena", "\(mebibytes(programs.workspaceByteCount)) for a batch of \(programs.batch)"),
      ("peak memory", "\(mebibytes(memory)), beside images and code"),
    ]
  }

  var text: String {
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { $0.0.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
  }
}

func milliseconds(_ duration: Duration) -> String {
  duration.formatted(.units(allowed: [.milliseconds], fractionalPart: .show(length: 1)))
}

func mebibytes(_ count: Int) -> String { String(format: "%.1f MiB", Double(count) / 1_048_576) }
