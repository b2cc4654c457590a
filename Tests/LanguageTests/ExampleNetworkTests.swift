import GraphIR
import Language
import TestSupport
import Testing

/// The networks of examples/networks against the numbers of the papers and of torchvision.
struct ExampleNetworkTests {
  struct Expectation: Sendable, CustomTestStringConvertible {
    var file: String
    var network: String
    /// Trained parameters, exactly or to the digits given.
    var parameters: String
    /// Multiply-adds, to four digits in units of 10^9, where the papers or torchvision say.
    var multiplyAdds: String?

    var testDescription: String { network }
  }

  static let expectations: [Expectation] = [
    .init(file: "resnet", network: "ResNet18", parameters: "11689512", multiplyAdds: "1.814"),
    .init(file: "resnet", network: "ResNet34", parameters: "21797672", multiplyAdds: "3.664"),
    .init(file: "resnet", network: "ResNet50", parameters: "25557032", multiplyAdds: "4.089"),
    .init(file: "resnet", network: "ResNet101", parameters: "44549160", multiplyAdds: "7.801"),
    .init(file: "resnet", network: "ResNet152", parameters: "60192808", multiplyAdds: "11.514"),
    .init(file: "resnet", network: "ResNet50v1", parameters: "25557032", multiplyAdds: "3.8"),
    .init(file: "resnet", network: "ResNet101v1", parameters: "44549160", multiplyAdds: "7.6"),
    .init(file: "resnet", network: "ResNet152v1", parameters: "60192808", multiplyAdds: "11.3"),
    .init(file: "resnet", network: "Plain18", parameters: "11515688", multiplyAdds: "1.8"),
    .init(file: "resnet", network: "Plain34", parameters: "21623848", multiplyAdds: "3.6"),
    .init(file: "resnet", network: "ResNet34A", parameters: "21623848", multiplyAdds: "3.6"),
    .init(file: "resnet", network: "ResNet34C", parameters: "22716840", multiplyAdds: nil),
    .init(file: "resnet", network: "WideResNet50", parameters: "68883240", multiplyAdds: nil),
    .init(file: "resnet", network: "ResNeXt50", parameters: "25028904", multiplyAdds: nil),
    .init(file: "cifar", network: "ResNet20", parameters: "0.27M"),
    .init(file: "cifar", network: "ResNet32", parameters: "0.46M"),
    .init(file: "cifar", network: "ResNet44", parameters: "0.66M"),
    .init(file: "cifar", network: "ResNet56", parameters: "0.85M"),
    .init(file: "cifar", network: "ResNet110", parameters: "1.7M"),
    .init(file: "cifar", network: "ResNet1202", parameters: "19.4M"),
    .init(file: "cifar", network: "Plain20", parameters: "0.27M"),
    .init(file: "cifar", network: "Plain32", parameters: "0.46M"),
    .init(file: "cifar", network: "Plain44", parameters: "0.66M"),
    .init(file: "cifar", network: "Plain56", parameters: "0.85M"),
    .init(file: "cifar", network: "FashionResNet20", parameters: "269434"),
  ]

  @Test(arguments: expectations) func hasThePublishedSize(_ expected: Expectation) throws {
    let network = try exampleNetwork(expected.file, expected.network)
    let parameters = network.graph.parameterCount
    let isRounded = expected.parameters.hasSuffix("M")
    #expect(
      (isRounded ? round(parameters, to: expected.parameters, unit: 1e6) : "\(parameters)") == expected.parameters)
    if let multiplyAdds = expected.multiplyAdds {
      #expect(
        round(network.graph.layers.reduce(0) { $0 + $1.multiplyAdds }, to: multiplyAdds, unit: 1e9) == multiplyAdds)
    }
  }

  /// The number in the unit, with as many decimals as `pattern` has, and its suffix. The paper cuts digits off
  /// rather than rounding (3.66e9 is 3.6e9 there), so with one decimal either will do.
  private func round(_ number: Int, to pattern: String, unit: Double) -> String {
    let digits = pattern.filter { $0.isNumber || $0 == "." }
    let decimals = digits.split(separator: ".").last?.count ?? 0
    let scale = [1, 10, 100, 1000].map(Double.init)[decimals]
    let scaled = Double(number) / unit * scale
    let candidates = decimals == 1 ? [scaled.rounded(), scaled.rounded(.down)] : [scaled.rounded()]
    let suffix = String(pattern.dropFirst(digits.count))
    let texts = candidates.map { text(Int($0), decimals: decimals) + suffix }
    return texts.contains(pattern) ? pattern : texts[0]
  }

  private func text(_ scaled: Int, decimals: Int) -> String {
    var digits = String(scaled)
    while digits.count <= decimals { digits = "0" + digits }
    return "\(digits.dropLast(decimals)).\(digits.suffix(decimals))"
  }

  // MARK: Keys

  @Test(arguments: [("ResNet18", [2, 2, 2, 2], false), ("ResNet50", [3, 4, 6, 3], true)])
  func hasTorchvisionsKeys(_ network: String, _ blocks: [Int], _ isBottleneck: Bool) throws {
    let keys = try exampleNetwork("resnet", network).graph.parameters.map(\.name)
    let expected = torchvisionKeys(blocks: blocks, isBottleneck: isBottleneck)
    #expect(Set(keys).symmetricDifference(expected) == [])
    #expect(Set(keys).count == keys.count)
  }

  /// The keys of torchvision's resnets, but for `num_batches_tracked`.
  private func torchvisionKeys(blocks: [Int], isBottleneck: Bool) -> Set<String> {
    func norm(_ path: String) -> [String] {
      ["weight", "bias", "running_mean", "running_var"].map { "\(path).\($0)" }
    }
    var keys = ["conv1.weight", "fc.weight", "fc.bias"] + norm("bn1")
    for (stage, count) in blocks.enumerated() {
      for block in 0..<count {
        let path = "layer\(stage + 1).\(block)"
        for index in 1...(isBottleneck ? 3 : 2) {
          keys += ["\(path).conv\(index).weight"] + norm("\(path).bn\(index)")
        }
        if block == 0, isBottleneck || stage > 0 {
          keys += ["\(path).downsample.0.weight"] + norm("\(path).downsample.1")
        }
      }
    }
    return Set(keys)
  }

  @Test func cifarKeysAreThoseOfTheTrainedNetwork() throws {
    let keys = try exampleNetwork("cifar", "FashionResNet20").graph.parameters.map(\.name)
    #expect(keys.count == 3 + 4 + 9 * 10)
    #expect(keys.contains("layer2.0.conv1.weight") && keys.contains("layer3.2.bn2.running_var"))
    #expect(!keys.contains { $0.contains("downsample") })
  }

  // MARK: What surrounds them

  @Test func fashionNetworkSaysHowPicturesComeIn() throws {
    let network = try exampleNetwork("cifar", "FashionResNet20")
    #expect(network.labels?.count == 10 && network.labels?.last == "Ankle boot")
    #expect(
      network.preprocessing
        == Preprocessing(
          name: "FashionPictures", scale: 1.0 / 255, mean: [0.2860], standardDeviation: [0.3530], channels: .gray))
  }

  @Test(arguments: [(224, 256), (192, 219)]) func imageNetPreprocessingFollowsTheSize(_ size: Int, _ side: Int) throws {
    let preprocessing = try exampleNetwork("resnet", "ResNet18", ["size=\(size)"]).preprocessing
    #expect(preprocessing?.resize == .shorterSide(side))
    #expect(preprocessing?.crop == [size, size])
    #expect(preprocessing?.mean == [0.485, 0.456, 0.406])
  }

  @Test func everyExampleIsFree() {
    for file in ["resnet", "cifar"] {
      #expect(render(loadExample(file).check()) == "")
    }
  }

  /// Far below a second even in a debug build, so that a copy of the graph in each call would show.
  @Test func resNet1202ElaboratesQuickly() throws {
    let module = loadExample("cifar")
    let seconds = threadSeconds { _ = module.elaborate("ResNet1202") }
    #expect(seconds < 2)
  }
}
