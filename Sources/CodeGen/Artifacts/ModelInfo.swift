import Foundation
import Lowering

/// What `--info` and `M_info` say of a model, as JSON.
struct ModelInfo: Encodable {
  struct Interface: Encodable {
    var name: String
    /// `N`, or a number as text.
    var shape: [String]
  }

  var abiVersion: Int
  var network: String
  var inputs: [Interface]
  var outputs: [Interface]
  var smallestBatch: Int
  var largestBatch: Int
  var target: String
  var cpuFeatures: [String]
  var precision: String
  var multiplyAddsPerImage: Int
  var weightsByteCount: Int
  var weightsHash: String
  var workspaceFixedByteCount: Int
  var workspaceByteCountPerImage: Int
  var workspaceByteCountPerThread: Int
  var stepCount: Int
  var preprocessing: String?
  var classCount: Int?

  private enum CodingKeys: String, CodingKey {
    case abiVersion = "abi_version"
    case network, inputs, outputs
    case smallestBatch = "smallest_batch"
    case largestBatch = "largest_batch"
    case target
    case cpuFeatures = "cpu_features"
    case precision
    case multiplyAddsPerImage = "macs"
    case weightsByteCount = "weights_bytes"
    case weightsHash = "weights_hash"
    case workspaceFixedByteCount = "workspace_fixed_bytes"
    case workspaceByteCountPerImage = "workspace_bytes_per_image"
    case workspaceByteCountPerThread = "workspace_bytes_per_thread"
    case stepCount = "steps"
    case preprocessing
    case classCount = "labels"
  }
}

extension ModelInfo.Interface {
  init(_ interface: Program.Interface) {
    self.init(name: interface.name, shape: interface.type.shape.dimensions.map(\.description))
  }
}

/// A value as a JSON object, its keys in order.
func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
