import Compiler
import Testing

/// The library's public interface, used as a client does.
@Suite struct CompiledNetworkTests {
  private static let file = Examples.path("networks/cifar.apus")

  @Test func runsAnyBatchOfItsRange() throws {
    let network = try CompiledNetwork(
      contentsOf: Self.file, network: "ResNet20", settings: ["size=8", "classes=3"], weights: .seed(1), batch: 1...2)
    #expect(network.name == "ResNet20")
    #expect(network.inputs.map(\.name) == ["image"] && network.inputs.map(\.shape) == [[nil, 3, 8, 8]])
    #expect(network.outputs.map(\.shape) == [[nil, 3]])
    let picture = (0..<192).map { Float($0 % 7) - 3 }
    let single = try network.run([picture])[0]
    let twice = try network.run([picture + picture], imageCount: 2)[0]
    #expect(single.count == 3 && twice == single + single)
  }

  @Test func saysWhatIsWrong() throws {
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "nothing was thrown"
    }
    let unknown = message { _ = try CompiledNetwork(contentsOf: Self.file, network: "ResNet21", weights: .seed(1)) }
    #expect(unknown.contains("did you mean 'ResNet20'?"))
    let missing = message { _ = try CompiledNetwork(contentsOf: "none.apus", weights: .seed(1)) }
    #expect(missing.contains("none.apus"))
    let noWeights = message {
      _ = try CompiledNetwork(contentsOf: Self.file, network: "ResNet20", weights: .safetensors("none.safetensors"))
    }
    #expect(noWeights.contains("none.safetensors"))

    let network = try CompiledNetwork(
      contentsOf: Self.file, network: "ResNet20", settings: ["size=8"], weights: .seed(1))
    let short = message { _ = try network.run([[1, 2, 3]]) }
    #expect(short == "the inputs have [3] elements; a batch of 1 needs [192]")
    let many = message { _ = try network.run([[Float](repeating: 0, count: 384)], imageCount: 2) }
    #expect(many == "ResNet20 takes 1...1 images a run; got 2")
  }
}
