import CRuntime
import Lowering

/// When and where every chunk of one run ran. Times are in nanoseconds since the run began.
package struct RunRecord: Sendable {
  package struct Chunk: Sendable {
    package var begin: Int
    package var end: Int
    /// Threads are numbered in the order in which they began to work.
    package var thread: Int
  }

  /// Chunks of one step that no others run between.
  package struct Round: Sendable {
    package var step: Int
    /// Among the step's.
    package var chunks: Range<Int>
    /// From the end of the round before, so that the rounds of a run sum up to it.
    package var begin: Int
    package var end: Int

    package var duration: Int { end - begin }
  }

  /// The chunks of each step, in order.
  package let steps: [[Chunk]]
  package let rounds: [Round]

  package var duration: Int { rounds.last?.end ?? 0 }

  /// What each step took, in all its rounds.
  package var stepDurations: [Int] {
    var durations = [Int](repeating: 0, count: steps.count)
    for round in rounds { durations[round.step] += round.duration }
    return durations
  }
}

extension ExecutionContext {
  /// Runs the model and notes each chunk. Reading the clock twice costs a chunk some 50 ns.
  package func record(
    batch: Int, inputs: [UnsafePointer<Float>?], outputs: [UnsafeMutablePointer<Float>?]
  ) throws(RuntimeFailure) -> RunRecord {
    precondition(inputs.count == model.program.inputs.count && outputs.count == model.program.outputs.count)
    let program = model.program
    let counts = program.steps.map { $0.chunks.count(batch: batch) }
    let storage = TableStorage()
    let chunks: UnsafeMutableBufferPointer<apus_chunk_record> = storage.allocate(counts.reduce(0, +))
    chunks.initialize(repeating: apus_chunk_record())
    var next = 0
    let places = counts.map { count in
      defer { next += count }
      return next..<next + count
    }
    let tables = places.map { UnsafeMutableBufferPointer(rebasing: chunks[$0]).baseAddress }
    let begin = apus_nanoseconds()
    let status = apus_context_run_recorded(context, Int64(batch), inputs, outputs, tables)
    guard status == CInt(APUS_OK.rawValue) else { throw failure(status) }
    return withExtendedLifetime(storage) {
      RunRecord(places.map { Array(chunks[$0]) }, program.rounds(batch: batch), of: program, begin: begin)
    }
  }
}

extension RunRecord {
  fileprivate init(
    _ records: [[apus_chunk_record]], _ rounds: [Program.Round], of program: Program, begin: UInt64
  ) {
    var numbers: [UInt64: Int] = [:]
    for record in records.joined().sorted(by: { $0.begin < $1.begin }) where numbers[record.thread] == nil {
      numbers[record.thread] = numbers.count
    }
    let steps = records.map { chunks in
      chunks.map {
        Chunk(begin: Int($0.begin - begin), end: Int($0.end - begin), thread: numbers[$0.thread] ?? 0)
      }
    }
    var last = 0
    self.rounds = rounds.map { round in
      let chunks = program.steps[round.step].chunks
      let first = round.images.lowerBound == 0 ? 0 : chunks.count(batch: round.images.lowerBound)
      let range = first..<chunks.count(batch: round.images.upperBound)
      let begin = last
      last = steps[round.step][range].map(\.end).reduce(last, max)
      return Round(step: round.step, chunks: range, begin: begin, end: last)
    }
    self.steps = steps
  }
}
