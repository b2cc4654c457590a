import Foundation

/// What decides the bits that a training ends with. A checkpoint holds it, and goes on only with the same.
package struct TrainingIdentity: Hashable, Sendable, Codable {
  /// One thing that matters: what people call it, and what it is.
  package struct Field: Hashable, Sendable, Codable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package var fields: [Field]

  package init(_ fields: [Field]) { self.fields = fields }

  /// A line for each field in which a checkpoint's identity differs from this one.
  func differences(from checkpoint: TrainingIdentity) -> [String] {
    let theirs = Dictionary(checkpoint.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    let ours = Set(fields.map(\.name))
    let changed = fields.filter { theirs[$0.name] != $0.value }.map { field in
      "\(field.name): the checkpoint has \(theirs[field.name] ?? "nothing"), this training \(field.value)"
    }
    let missing = checkpoint.fields.filter { !ours.contains($0.name) }.map { field in
      "\(field.name): the checkpoint has \(field.value), this training nothing"
    }
    return changed + missing
  }
}

extension String {
  /// A short name for a text or for bytes, the same for the same: FNV-1a of 64 bits.
  package init(fingerprintOf bytes: some Sequence<UInt8>) {
    let hash = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    self.init(hash, radix: 16)
  }
}
