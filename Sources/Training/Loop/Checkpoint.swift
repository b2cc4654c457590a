import Formats
import Foundation
import OrderedCollections

/// A training as it was after some step, in one file, so that one rename makes it: the model's state as tensors, the
/// rest as metadata.
package struct Checkpoint: Sendable {
  package let identity: TrainingIdentity
  package let progress: TrainingProgress
  /// The elements of each tensor of the model's state, by name.
  private var tensors: OrderedDictionary<String, SafetensorsWriter.Tensor>

  /// The keys of the metadata.
  private enum Key {
    static let identity = "apus.identity"
    static let progress = "apus.progress"
  }

  package init(of model: some TrainableModel, identity: TrainingIdentity, progress: TrainingProgress) {
    self.identity = identity
    self.progress = progress
    tensors = model.tensors(of: StateTensor.Role.allCases)
  }

  package func write(to path: String) throws {
    let metadata: OrderedDictionary = [
      Key.identity: try Self.json(identity), Key.progress: try Self.json(progress),
    ]
    try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
  }

  /// Reads a checkpoint of the training with this identity, whose model has these tensors.
  package init(contentsOf path: String, state: [StateTensor], identity expected: TrainingIdentity) throws {
    let file = try SafetensorsFile(path: path)
    identity = try Self.value(Key.identity, of: file, path)
    let differences = expected.differences(from: identity)
    guard differences.isEmpty else {
      throw FileError(
        path,
        "it is of another training, and going on would not give what either gives\n"
          + differences.map { "  \($0)" }.joined(separator: "\n"))
    }
    progress = try Self.value(Key.progress, of: file, path)
    tensors = [:]
    for tensor in state {
      guard let entry = file.entries[tensor.name], entry.shape == tensor.shape, entry.type == .f32,
        let elements = file.elements(of: tensor.name)
      else {
        let found = file.entries[tensor.name].map { "\($0.type.rawValue) \($0.shape)" } ?? "nothing"
        throw FileError(path, "expected '\(tensor.name)' to be F32 \(tensor.shape), found \(found)")
      }
      tensors[tensor.name] = .init(shape: tensor.shape, elements: elements)
    }
  }

  /// Whether the file is a checkpoint, of whatever training.
  package static func isCheckpoint(_ file: SafetensorsFile) -> Bool { file.metadata[Key.progress] != nil }

  /// Puts the model into the state that the checkpoint holds.
  package func restore(_ model: some TrainableModel) {
    for tensor in model.state {
      guard let saved = tensors[tensor.name] else { preconditionFailure("the checkpoint is of another model") }
      model.setElements(of: tensor, to: saved.elements.floats)
    }
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // An evaluation may have no finite loss, though every step of the training had.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private static func value<Value: Decodable>(
    _ key: String, of file: SafetensorsFile, _ path: String
  ) throws(FileError) -> Value {
    guard let text = file.metadata[key] else {
      throw FileError(path, "expected a checkpoint of apus train, found a file without '\(key)' in its metadata")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(Value.self, from: Data(text.utf8))
    } catch {
      throw FileError(path, "the metadata '\(key)' cannot be read: the file is damaged, or of another version of Apus")
    }
  }
}

extension TrainableModel {
  /// The tensors of some roles, as a file holds them.
  fileprivate func tensors(
    of roles: [StateTensor.Role]
  ) -> OrderedDictionary<String, SafetensorsWriter.Tensor> {
    var tensors: OrderedDictionary<String, SafetensorsWriter.Tensor> = [:]
    for tensor in state where roles.contains(tensor.role) {
      tensors[tensor.name] = .init(shape: tensor.shape, elements: FloatElements(elements(of: tensor)))
    }
    return tensors
  }

  /// Writes the network's parameters under their names, as inference reads them.
  package func writeWeights(to path: String) throws(FileError) {
    try SafetensorsWriter.write(tensors(of: [.weight, .statistic]), metadata: ["format": "pt"], to: path)
  }
}
