import Foundation
import GraphIR
import Kernels
import Language
import LoopIR
import Lowering
import Passes
import Testing

/// What networks that come with Apus are lowered to.
@Suite struct ExampleProgramTests {
  private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../examples/networks")

  @Test(
    arguments: [
      ("resnet.apus", "ResNet18"), ("resnet.apus", "ResNeXt50"), ("resnet.apus", "ResNet34A"),
      ("cifar.apus", "ResNet20"), ("cifar.apus", "ResNet56"), ("cifar.apus", "FashionResNet20"),
    ], [Machine.sse2, .avx2, .avx512, .neon])
  func kernelsAndStepsAreValid(_ network: (file: String, name: String), machine: Machine) throws {
    let (elaborated, diagnostics) = Module.load(path: Self.directory.appending(path: network.file).path)
      .elaborate(network.name)
    #expect(diagnostics.map(\.message) == [])
    let graph = try Pipeline.inference.run(try #require(elaborated).graph).graph
    for batch in [1...1, 1...8] {
      let program = try Program(lowering: graph, for: machine, batch: batch)
      for kernel in program.kernels { #expect(kernel.verify() == []) }
      // Steps name kernels that are there, and hand each the buffers that it takes.
      for step in program.steps {
        #expect(program.kernels[step.kernel].buffers.count == step.operands.count, "\(step.name)")
      }
      #expect(program.liveByteCountPerImage <= program.arenaByteCountPerImage)
      // The picture gets its halo, or the first convolution cuts it into phases; then nothing is converted, and the
      // logits go straight to the caller.
      let conversions = program.steps.indices.filter { program.steps[$0].name == "layout" }
      #expect(conversions == (network.file == "cifar.apus" ? [0] : []))
      #expect(program.steps.last?.operands.last?.space == .output(0))
    }
  }
}
