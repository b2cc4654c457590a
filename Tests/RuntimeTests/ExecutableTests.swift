import CodeGen
import Foundation
import Testing

@Suite struct ExecutableTests {
  @Test func arraysOfAnySizeRunInPieces() throws {
    let directory = try TemporaryDirectory()
    let files = try HandWrittenArtifact(batches: 2...4).write(.executable, to: directory.path("model"))
    #expect(try directory.names == ["model"])
    let result = try CommandResult(files.binary, ["--info"])
    #expect(result.status == 0 && result.output.contains("\"network\":\"hand_written\""))
  }
}
