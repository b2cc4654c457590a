import CRuntime

/// When and where every chunk of one run ran. Times are in nanoseconds since the run began.
package struct RunRecord: Sendable {
  package struct Chunk: Sendable {
    package var begin: Int
    package var end: Int
    /// Threads are numbered in the order in which they began to work.
    package var thread: Int
  }

  /// The chunks of each step, in order.
  package let steps: [[Chunk]]

  /// When each step was over: the next begins then, whatever the thread.
  package var stepEnds: [Int] {
    var last = 0
    return steps.map { chunks in
      last = chunks.map(\.end).reduce(last, max)
      return last
    }
  }

  package var duration: Int { stepEnds.last ?? 0 }

  /// What each step took, from the end of the one before, so that the steps of a run sum up to it.
  package var stepDurations: [Int] {
    let ends = stepEnds
    return zip(ends, [0] + ends).map { $0 - $1 }
  }
}

extension ExecutionContext {
  /// Runs the model and notes each chunk. Reading the clock twice costs a chunk some 50 ns.
  package func record(
    batch: Int, inputs: [UnsafePointer<Float>?], outputs: [UnsafeMutablePointer<Float>?]
  ) throws(RuntimeFailure) -> RunRecord {
    precondition(inputs.count == model.program.inputs.count && outputs.count == model.program.outputs.count)
    let counts = model.program.steps.map { $0.chunks.count(batch: batch) }
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
    return withExtendedLifetime(storage) { RunRecord(places.map { Array(chunks[$0]) }, begin: begin) }
  }
}

extension RunRecord {
  fileprivate init(_ records: [[apus_chunk_record]], begin: UInt64) {
    var numbers: [UInt64: Int] = [:]
    for record in records.joined().sorted(by: { $0.begin < $1.begin }) where numbers[record.thread] == nil {
      numbers[record.thread] = numbers.count
    }
    steps = records.map { chunks in
      chunks.map {
        Chunk(begin: Int($0.begin - begin), end: Int($0.end - begin), thread: numbers[$0.thread] ?? 0)
      }
    }
  }
}
