import CodeGen
import Foundation
import Passes

extension TrainingSession {
  /// Times steps on arbitrary pictures and prints the times as `ExecutionContext.bench` does: forward, loss, backward
  /// and update. The state changes with each.
  package func bench(
    repeatCount: Int? = nil, seconds: Double = 2, peakGigaflops: Double? = nil, asJSON: Bool = false
  ) -> CInt {
    var stream = RandomStream(seed: 1, name: "bench")
    let images = stream.draw(.uniform(bound: 2), count: batch * imageShape.reduce(1, *))
    let labels = (0..<batch).map { Int32($0 % classCount) }
    return images.withUnsafeBufferPointer { images in
      labels.withUnsafeBufferPointer { labels in
        withInputs(images: images, labels: labels, learningRate: 1e-3, step: 0) { inputs in
          context.bench(
            batch: batch, inputs: inputs, repeatCount: repeatCount, seconds: seconds, peakGigaflops: peakGigaflops,
            asJSON: asJSON)
        }
      }
    }
  }
}
