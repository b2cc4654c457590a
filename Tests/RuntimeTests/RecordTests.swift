import CodeGen
import Testing

@Suite struct RecordTests {
  /// Every chunk of every step is noted, on a thread that there is, after all chunks of the step before.
  @Test(arguments: [1, 2, 3])
  func everyChunkIsNoted(threadCount: Int) throws {
    let model = HandWrittenModel.model(additions: 5)
    let context = try ExecutionContext(model: model, threadCount: threadCount)
    let batch = 3
    let input = HandWrittenModel.input(batch: batch)
    var output = [Float](repeating: .nan, count: input.count)
    let record = try input.withUnsafeBufferPointer { input in
      try output.withUnsafeMutableBufferPointer { output in
        try context.record(batch: batch, inputs: [input.baseAddress], outputs: [output.baseAddress])
      }
    }
    #expect(output == HandWrittenModel.expectation(additions: 5, input: input))
    #expect(record.steps.map(\.count) == model.program.steps.map { $0.chunks.count(batch: batch) })
    var previousEnd = 0
    for round in record.rounds {
      for chunk in record.steps[round.step][round.chunks] {
        #expect(chunk.begin >= previousEnd && chunk.end >= chunk.begin && chunk.end <= round.end)
        #expect((0..<threadCount).contains(chunk.thread))
      }
      #expect(round.begin == previousEnd)
      previousEnd = round.end
    }
    #expect(record.stepDurations.reduce(0, +) == record.duration)
    #expect(record.duration > 0)
  }

  /// A run after it notes nothing where the last did.
  @Test func runsAreNotNotedForGood() throws {
    let context = try ExecutionContext(model: HandWrittenModel.model(additions: 2), threadCount: 2)
    let input = HandWrittenModel.input(batch: 1)
    var output = input
    let record = try input.withUnsafeBufferPointer { input in
      try output.withUnsafeMutableBufferPointer { output in
        try context.record(batch: 1, inputs: [input.baseAddress], outputs: [output.baseAddress])
      }
    }
    #expect(record.steps.count == 3)
    #expect(try context.run(batch: 1, inputs: [input]) == [output])
  }

  @Test func aRunThatCannotBeIsRefused() throws {
    let context = try ExecutionContext(model: HandWrittenModel.model(additions: 1), threadCount: 1)
    let failure = #expect(throws: RuntimeFailure.self) {
      try context.record(batch: 1, inputs: [nil], outputs: [nil])
    }
    #expect(failure?.message == "input x is a null pointer")
  }
}
