import CodeGen
import GraphIR
import Kernels

/// What was measured for each distinct convolution of a network, and what is the fastest.
package struct TuningReport: Sendable {
  package struct Entry: Sendable {
    /// The convolution, as the tuning file names it.
    package var key: String
    /// How many of it the network has.
    package var count: Int
    package var candidateCount: Int
    /// What the cost model chooses, and the choice, with their seconds.
    package var modelled: (algorithm: String, seconds: Double)
    package var chosen: (algorithm: String, seconds: Double)
  }

  package private(set) var entries: [Entry] = []

  /// The choices that differ from the cost model's.
  package var tuning: Tuning {
    let changed = entries.filter { $0.chosen.algorithm != $0.modelled.algorithm }
    return Tuning(choices: Dictionary(uniqueKeysWithValues: changed.map { ($0.key, $0.chosen.algorithm) }))
  }

  /// Measures for about `seconds`; each convolution gets an equal part, and its candidates are tried in the order of
  /// the cost model.
  /// - Parameters:
  ///   - isExact: Whether only products of inputs and weights are summed.
  ///   - threadCount: nil: as many threads as the process may keep busy.
  ///   - progress: Called with the fraction that is done.
  package init(
    of compilation: Compilation, batch: ClosedRange<Int>, isExact: Bool, threadCount: Int?, seconds: Double,
    progress: (Double) -> Void = { _ in }
  ) throws {
    var target = compilation.target
    target.machine.tuning = Tuning()
    let samples = try Self.samples(of: compilation.graph, batch: batch, isExact: isExact, on: target.machine)
    let clock = ContinuousClock()
    let start = clock.now
    for (position, sample) in samples.enumerated() {
      let end = start + .seconds(seconds * Double(position + 1) / Double(samples.count))
      let algorithms = sample.convolution.algorithms(
        machine: target.machine, largestBatch: batch.upperBound, isExact: isExact)
      var measurement = Measurement(
        sample, candidates: algorithms.map(\.description), target: target, threadCount: threadCount)
      try measurement.run(until: end) {
        progress(min(1, (clock.now - start) / .seconds(seconds)))
      }
      entries.append(measurement.entry)
    }
  }

  /// One convolution of each kind, and how many of it there are.
  private struct Sample {
    var key: String
    var convolution: Convolution
    var sample: TuningSample
    var count = 1
  }

  private static func samples(
    of graph: Graph, batch: ClosedRange<Int>, isExact: Bool, on machine: Machine
  ) throws -> [Sample] {
    let constants = Set(graph.parameters.map(\.value))
      .union(graph.constantNodeIndices.flatMap { graph.nodes[$0].results })
    var samples: [Sample] = []
    for node in graph.nodes {
      guard let sample = TuningSample(of: node, in: graph, constants: constants, batch: batch, isExact: isExact),
        let convolution = try sample.convolution(on: machine)
      else { continue }
      let key = convolution.tuningKey(largestBatch: batch.upperBound)
      if let known = samples.firstIndex(where: { $0.key == key }) {
        samples[known].count += 1
      } else {
        samples.append(Sample(key: key, convolution: convolution, sample: sample))
      }
    }
    return samples
  }

  /// The times of a convolution's candidates.
  private struct Measurement {
    let sample: Sample
    let candidates: [String]
    private var seconds: [Double] = []
    private var target: Target
    private let threadCount: Int?

    /// By how much a candidate must be faster than the cost model's choice to be preferred: less is noise.
    private static let leastGain = 0.02

    init(_ sample: Sample, candidates: [String], target: Target, threadCount: Int?) {
      self.sample = sample
      self.candidates = candidates
      self.target = target
      self.threadCount = threadCount
    }

    /// Measures at least the first, then the two that matter again, in turn, since a machine's speed drifts.
    mutating func run(until end: ContinuousClock.Instant, progress: () -> Void) throws {
      for candidate in candidates {
        if !seconds.isEmpty, ContinuousClock.now >= end { break }
        seconds.append(try measure(candidate))
        progress()
      }
      for _ in 0..<2 {
        for position in Set([0, fastest]) {
          seconds[position] = min(seconds[position], try measure(candidates[position]))
        }
      }
    }

    private mutating func measure(_ candidate: String) throws -> Double {
      target.machine.tuning.choices = [sample.key: candidate]
      return try sample.sample.measure(for: target, threadCount: threadCount)
    }

    private var fastest: Int { seconds.indices.min { seconds[$0] < seconds[$1] } ?? 0 }

    var entry: Entry {
      let choice = seconds[fastest] < seconds[0] * (1 - Self.leastGain) ? fastest : 0
      return Entry(
        key: sample.key, count: sample.count, candidateCount: seconds.count,
        modelled: (candidates[0], seconds[0]), chosen: (candidates[choice], seconds[choice]))
    }
  }
}
