import CodeGen
import Compiler
import Foundation
import Testing

/// Objects for a processor that this machine is not.
@Suite struct ForeignTargetTests {
  @Test func writesAnObjectForAArch64() throws {
    let network = try NetworkTests.Example(file: "cifar", network: "ResNet20").elaborate()
    var compilation = try Compilation(network, target: Target(named: "aarch64"), batch: 1...1)
    let artifact = try compilation.artifact(
      weights: Weights(seed: 1, for: network.graph), placement: .embedded, threadCount: 2)
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let files = try artifact.write(
      .object, to: directory.appending(path: "net.o").path, toolchain: Toolchain(), threadCount: 2)

    let object = try Data(contentsOf: URL(filePath: files.binary))
    let machineOfAArch64: [UInt8] = [0xB7, 0]
    #expect(Array(object[18..<20]) == machineOfAArch64)
    #expect(object.count > compilation.program.weightsByteCount)
    let header = try #require(files.header)
    #expect(try String(contentsOfFile: header, encoding: .utf8).contains("ResNet20_run"))
  }
}
