import CodeGen
import Diagnostics
import GraphIR
import Training

/// A network that classifies images, compiled for use.
package final class CompiledClassifier: Classifier {
  package let batch: Int
  package let imageShape: [Int]
  package let classCount: Int
  private let context: ExecutionContext

  /// - Parameter batch: The most images at a time.
  /// - Throws: Diagnostic where the network does not classify images.
  package init(_ network: Network, weights: Weights, batch: Int, target: Target, threadCount: Int?) throws {
    (imageShape, classCount) = try network.classification()
    self.batch = batch
    var compilation = try Compilation(network, target: target, batch: 1...batch)
    context = try ExecutionContext(
      model: compilation.model(weights: weights, threadCount: threadCount ?? 1), threadCount: threadCount)
  }

  package func logits(images: UnsafeBufferPointer<Float>, count: Int) throws -> [Float] {
    precondition(count <= batch, "more images than the network was compiled for")
    let inputs = [Array(images.prefix(count * imageShape.reduce(1, *)))]
    return try context.run(batch: count, inputs: inputs)[0]
  }
}

extension Network {
  /// Channels, rows and columns of the image, and the number of classes, of a network that classifies images.
  /// - Throws: Diagnostic where it does not.
  package func classification() throws(Diagnostic) -> (imageShape: [Int], classCount: Int) {
    let input = graph.inputs.first.map { graph.type(of: $0.value).shape }
    let logits = graph.outputs.first.map { graph.type(of: $0.value).shape }
    guard graph.inputs.count == 1, let input, input.isBatched, let logits, logits.isBatched else {
      throw notAClassifier
    }
    let (image, classes) = (input.dimensions.compactMap(\.fixedExtent), logits.dimensions.compactMap(\.fixedExtent))
    guard image.count == 3, classes.count == 1 else { throw notAClassifier }
    return (image, classes[0])
  }

  private var notAClassifier: Diagnostic {
    Diagnostic(
      "'\(graph.name)' does not classify images: it should have one input, f32[N, C, H, W], and its first output "
        + "should be the logits, f32[N, classes]", at: nil)
  }
}
