import Diagnostics
import GraphIR
import Ops
import Passes
import Testing

@Suite struct FileTests {
  /// Runs the passes of a case and checks that they do what its file says, that a second run changes nothing, and
  /// that the graph computes what it did.
  @Test(arguments: FileTest.all)
  func passesDoWhatTheFileSays(_ test: FileTest) throws {
    let input = try read(test.input)
    let pipeline = try Pipeline(names: test.passes)
    let output = try run(pipeline, on: input)

    let found = output.description == input.description ? "unchanged\n" : output.description
    if FileTest.isBlessing {
      try test.bless(found)
    } else {
      #expect(
        found == test.expectation,
        "if the new graph is right, APUS_BLESS=1 swift test --filter PassesTests writes it into \(test.file)")
    }
    #expect(try run(pipeline, on: output).description == output.description, "a second run changes the graph again")
    if !test.passes.contains(where: Self.makesATrainingNetwork.contains) { try Evaluation(input).expectSame(output) }
  }

  /// Passes that make something else of a network than it was: its outputs are others.
  private static let makesATrainingNetwork: Set = ["append-loss", "use-batch-statistics", "use-random-dropout"]

  @Test func thereAreFilesForEveryPass() {
    let tested = Set(FileTest.all.flatMap(\.passes))
    #expect(tested == Set(Pipeline.known.map(\.name)))
  }

  private func read(_ text: String) throws -> Graph {
    let (graph, diagnostics) = parseGraph(SourceFile(path: "test", bytes: Array(text.utf8)), ops: OpRegistry.table)
    #expect(diagnostics.map(\.message) == [])
    let parsed = try #require(graph)
    #expect(verify(parsed).map(\.message) == [])
    return parsed
  }

  private func run(_ pipeline: Pipeline, on graph: Graph) throws -> Graph {
    try pipeline.run(graph) { pass, graph in
      #expect(verify(graph).map(\.message) == [], "after \(pass.name)")
    }.graph
  }
}
