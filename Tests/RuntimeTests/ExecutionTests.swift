import CRuntime
import CodeGen
import Testing

@Suite struct ExecutionTests {
  /// More threads than cores, more threads than chunks, and batches in changing order.
  @Test(arguments: [1, 2, 3, 8])
  func runsAreTheSameForAnyNumberOfThreads(threadCount: Int) throws {
    let additions = 10
    let context = try ExecutionContext(model: HandWrittenModel.model(additions: additions), threadCount: threadCount)
    #expect(context.threadCount == threadCount)
    for repetition in 0..<20 {
      let batch = [1, 16, 2, 7][repetition % 4]
      let input = HandWrittenModel.input(batch: batch)
      let outputs = try context.run(batch: batch, inputs: [input])
      #expect(outputs == [HandWrittenModel.expectation(additions: additions, input: input)])
    }
  }

  /// Step by step, the output is not written before the last.
  @Test(arguments: [1, 2])
  func stepsRunOneAtATime(threadCount: Int) throws {
    let model = HandWrittenModel.model(additions: 4)
    let context = try ExecutionContext(model: model, threadCount: threadCount)
    let input = HandWrittenModel.input(batch: 3)
    var output = [Float](repeating: .nan, count: input.count)
    for step in model.program.steps.indices {
      let isUntouched = output.allSatisfy(\.isNaN)
      #expect(isUntouched)
      try input.withUnsafeBufferPointer { input in
        try output.withUnsafeMutableBufferPointer { output in
          try context.run(
            batch: 3, inputs: [input.baseAddress], outputs: [output.baseAddress], rounds: step..<step + 1)
        }
      }
    }
    #expect(output == HandWrittenModel.expectation(additions: 4, input: input))
  }

  @Test func theWorkspaceCanBeLookedAt() throws {
    let model = HandWrittenModel.model(additions: 2)
    let context = try ExecutionContext(model: model, threadCount: 2)
    let input = HandWrittenModel.input(batch: 2)
    _ = try context.run(batch: 2, inputs: [input])
    let product = model.program.steps[0].operands[3]
    let address = context.workspace + product.fixedOffset + 2 * product.offsetPerImage
    let elements = UnsafeBufferPointer(start: address.assumingMemoryBound(to: Float.self), count: input.count)
    #expect(Array(elements) == HandWrittenModel.expectation(additions: 0, input: input))
  }

  @Test(arguments: [
    (-1, nil, "-1 threads were asked for; 0 (automatic) to 1024 are possible"),
    (5000, nil, "5000 threads were asked for; 0 (automatic) to 1024 are possible"),
    (1, 17, "hand_written was compiled for batches 2 to 16; a context for batches up to 17 was asked for"),
    (1, 1, "hand_written was compiled for batches 2 to 16; a context for batches up to 1 was asked for"),
  ])
  func contextsThatCannotBeAreRefused(threadCount: Int, largestBatch: Int?, message: String) {
    let model = HandWrittenModel.model(additions: 1, batches: 2...16)
    let failure = #expect(throws: RuntimeFailure.self) {
      try ExecutionContext(model: model, threadCount: threadCount, largestBatch: largestBatch)
    }
    #expect(failure?.kind == .invalidArgument && failure?.message == message)
  }

  @Test(arguments: [
    (1, 8, "the batch is 1; this context of hand_written runs 2 to 4"),
    (5, 40, "the batch is 5; this context of hand_written runs 2 to 4"),
    (2, 15, "the inputs have [15] elements; a batch of 2 needs [16]"),
  ])
  func runsThatCannotBeAreRefused(batch: Int, elementCount: Int, message: String) throws {
    let model = HandWrittenModel.model(additions: 1, batches: 2...16)
    let context = try ExecutionContext(model: model, threadCount: 1, largestBatch: 4)
    let failure = #expect(throws: RuntimeFailure.self) {
      try context.run(batch: batch, inputs: [[Float](repeating: 0, count: elementCount)])
    }
    #expect(failure?.message == message)
  }

  @Test func missingTensorsAndRoundsAreNamed() throws {
    let context = try ExecutionContext(model: HandWrittenModel.model(additions: 1), threadCount: 1)
    let null = #expect(throws: RuntimeFailure.self) { try context.run(batch: 1, inputs: [nil], outputs: [nil]) }
    #expect(null?.message == "input x is a null pointer")
    var elements = [Float](repeating: 0, count: 8)
    let rounds = #expect(throws: RuntimeFailure.self) {
      try elements.withUnsafeMutableBufferPointer { buffer in
        try context.run(
          batch: 1, inputs: [UnsafePointer(buffer.baseAddress)], outputs: [buffer.baseAddress], rounds: 1..<3)
      }
    }
    #expect(rounds?.message == "hand_written has 2 rounds; 1..<3 are not among them")
  }
}
