import Foundation
import GraphIR
import Language
import Testing

/// Every example of docs/language.md is a file that stands for itself, and what the text says of it holds.
struct LanguageDocumentTests {
  /// The code blocks marked `apus`.
  static let examples: [String] = {
    let path = repository.appending(path: "docs/language.md").path
    guard let bytes = FileManager.default.contents(atPath: path) else { return [] }
    let parts = String(decoding: bytes, as: UTF8.self).components(separatedBy: "```")
    return parts.filter { $0.hasPrefix("apus\n") }.map { String($0.dropFirst(5)) }
  }()

  @Test func thereAreExamples() { #expect(Self.examples.count >= 10) }

  @Test(arguments: examples) func exampleIsRight(_ example: String) {
    #expect(render(load(example).check()) == "")
  }

  /// Keys that the text promises, by network.
  @Test(arguments: [
    ("ResNet50D", ["conv1.0.weight", "conv1.4.running_mean", "conv1.6.weight", "bn1.weight"]),
    ("ResNet50D", ["layer1.0.downsample.1.weight", "layer2.0.downsample.2.running_var"]),
    ("UsesDownsample", ["downsample.1.weight", "downsample.2.bias"]),
    ("CIFAR20A", ["layer2.0.conv1.weight", "linear.bias"]),
    ("TwoInceptions", ["inception3a.branch2.0.conv.weight", "inception3b.branch4.1.bn.weight"]),
    ("Example", ["head.hidden.weight", "head.fc.1.bias"]),
  ])
  func keysAreAsPromised(_ network: String, _ keys: [String]) throws {
    let example = try #require(Self.examples.first { $0.contains("network \(network)(") })
    let (result, diagnostics) = load(example).elaborate(network)
    let found = try #require(result, "\(render(diagnostics))").graph.parameters.map(\.name)
    #expect(Set(found).isSuperset(of: keys))
  }

  @Test(arguments: [225, 63]) func resNet50DTakesOddSizes(_ size: Int) throws {
    let example = try #require(Self.examples.first { $0.contains("network ResNet50D(") })
    let (result, diagnostics) = load(example).elaborate("ResNet50D", overrides: [try ParameterOverride("size=\(size)")])
    #expect(result != nil, "\(render(diagnostics))")
  }
}
