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
}
