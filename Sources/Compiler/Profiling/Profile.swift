import CodeGen
import GraphIR
import Lowering

/// Where a run of a compiled program spends its time, step by step, as the steps follow each other: with the caches as
/// the step before left them.
package struct Profile: Sendable {
  package struct Step: Sendable {
    package var name: String
    package var op: String
    /// The dimensions of the result that it completes; none of a step that makes a part of one.
    package var shape: [Int]
    package var kernel: String
    package var chunkCount: Int
    /// In seconds, over the runs.
    package var minimum: Double
    package var median: Double
    /// Of the whole batch.
    package var multiplyAdds: Int
    package var byteCount: Int
    /// What the roof allows, in seconds, and which it is.
    package var least: Double
    package var bound: MachineRoof.Bound
  }

  package let steps: [Step]
  package let roof: MachineRoof
  package let threadCount: Int
  package let runCount: Int
  /// Medians of whole runs, in seconds: with the clock read around every chunk, and without.
  package let recordedSeconds: Double
  package let plainSeconds: Double
  /// The fastest of the recorded runs.
  package let fastest: RunRecord

  /// How long to measure.
  package enum Extent: Sendable {
    case runs(Int)
    case seconds(Double)
  }

  /// - Parameters:
  ///   - context: With a program that `graph` was lowered to.
  ///   - progress: Called with the fraction that is done.
  package init(
    of graph: Graph, for target: Target, in context: ExecutionContext, batch: Int, extent: Extent,
    progress: (Double) -> Void = { _ in }
  ) throws {
    let measurement = try Measurement(context, batch: batch, extent: extent, progress: progress)
    let roof = try MachineRoof(target: target, threadCount: context.threadCount)
    let program = context.model.program
    steps = program.steps.enumerated().map { position, step in
      let times = measurement.durations.map { 1e-9 * Double($0[position]) }
      let (least, bound) = roof.leastSeconds(of: step, in: program, batch: batch)
      return Step(
        name: step.name, op: step.op,
        shape: step.results.last.map { graph.type(of: $0.value).shape.resolved(batch: batch) } ?? [],
        kernel: program.kernels[step.kernel].name, chunkCount: step.chunks.count(batch: batch),
        minimum: times.min() ?? 0, median: median(times), multiplyAdds: step.multiplyAdds * batch,
        byteCount: step.fixedByteCount + step.byteCountPerImage * batch, least: least, bound: bound)
    }
    self.roof = roof
    threadCount = context.threadCount
    runCount = measurement.durations.count
    recordedSeconds = median(measurement.durations.map { 1e-9 * Double($0.reduce(0, +)) })
    plainSeconds = median(measurement.plainSeconds)
    fastest = measurement.fastest
  }

  /// The sum of the steps' medians, in seconds.
  package var total: Double { steps.map(\.median).reduce(0, +) }
}

/// Runs with the clock read around each chunk, and as many without, in turn.
private struct Measurement {
  /// Of each run, what each step took, in nanoseconds.
  private(set) var durations: [[Int]] = []
  private(set) var fastest: RunRecord
  private(set) var plainSeconds: [Double] = []

  init(_ context: ExecutionContext, batch: Int, extent: Profile.Extent, progress: (Double) -> Void) throws {
    let sample = SampleRun(of: context.model.program, batch: batch)
    let clock = ContinuousClock()
    let start = clock.now
    repeat { try sample.run(in: context) } while clock.now - start < Self.warmUp
    fastest = try sample.record(in: context)
    let begin = clock.now
    var done = 0.0
    while done < 1 {
      let run = try sample.record(in: context)
      plainSeconds.append(try clock.measure { try sample.run(in: context) } / .seconds(1))
      if run.duration < fastest.duration { fastest = run }
      durations.append(run.stepDurations)
      done =
        switch extent {
        case .runs(let count): Double(durations.count) / Double(count)
        case .seconds(let seconds): (clock.now - begin) / .seconds(seconds)
        }
      progress(min(done, 1))
    }
  }

  /// Enough for the caches, the threads and the clock to settle.
  private static let warmUp = Duration.milliseconds(200)
}

private func median(_ values: [Double]) -> Double {
  values.isEmpty ? 0 : values.sorted()[values.count / 2]
}
