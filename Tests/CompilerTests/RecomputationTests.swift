import Compiler
import Diagnostics
import GraphIR
import Testing
import Training

/// Training steps within a budget of memory.
@Suite struct RecomputationTests {
  typealias Example = TrainingSessionTests.Example

  static let examples = [
    Example(file: "cifar", network: "ResNet20", settings: ["size=16"], batch: 5),
    Example(file: "resnet", network: "ResNet50", settings: ["size=64", "classes=10", "blocks=[1,2,1,1]"], batch: 4),
  ]

  @Test(arguments: examples, [90, 80])
  func bitsAndBudget(_ example: Example, percent: Int) throws {
    let plain = try example.compile(TrainingSessionTests.recipe(decay: 1e-4))
    let arena = plain.memory.unlimited.arenaByteCount
    let limit = plain.memory.stateByteCount + arena * percent / 100
    let limited = try example.compile(TrainingSessionTests.recipe(decay: 1e-4), memoryLimit: limit)
    #expect(limited.memory.unlimited == plain.memory.unlimited)
    #expect(limited.memory.peakByteCount <= limit)
    #expect(limited.memory.recomputed.contains { $0.op == "relu" })
    #expect(limited.memory.planned.movedByteCount > arena)
    #expect(
      limited.memory.planned.multiplyAdds - plain.memory.planned.multiplyAdds
        == limited.memory.recomputed.reduce(0) { $0 + $1.multiplyAdds } * example.batch)

    let weights = try example.weights()
    let data = TrainingData(plain)
    let runs = try [plain, limited].map { compilation in
      let session = try TrainingSession(compilation, weights: weights, threadCount: 2)
      let losses = try (0..<2).map { try data.step(session, number: $0).loss }
      return (losses: losses, state: session.state.map { session.elements(of: $0) })
    }
    #expect(runs[0].losses == runs[1].losses)
    #expect(runs[0].state == runs[1].state)
  }

  @Test func whatFitsIsNotRecomputed() throws {
    let example = Self.examples[0]
    let peak = try example.compile(TrainingSessionTests.recipe()).memory.peakByteCount
    let exact = try example.compile(TrainingSessionTests.recipe(), memoryLimit: peak).memory
    #expect(exact.recomputed.isEmpty && exact.planned == exact.unlimited)
    let less = try example.compile(TrainingSessionTests.recipe(), memoryLimit: peak - 1).memory
    #expect(!less.recomputed.isEmpty && less.peakByteCount < peak)
  }

  /// The least that the message names is a limit that can be kept, and none below it is.
  @Test func theLeastIsNamed() throws {
    let example = Self.examples[0]
    func message(_ limit: Int) -> String? {
      let error = #expect(throws: Diagnostic.self) {
        try example.compile(TrainingSessionTests.recipe(), memoryLimit: limit)
      }
      return error?.message
    }
    let text = try #require(message(1))
    #expect(text.hasPrefix("a step of 5 images does not fit in 1 bytes: it takes "))
    let least = try #require(text.split(separator: " ").compactMap { Int($0) }.dropFirst(2).first)
    #expect(try example.compile(TrainingSessionTests.recipe(), memoryLimit: least).memory.peakByteCount == least)
    #expect(message(least - 1)?.contains("it takes \(least) with") == true)
  }
}
