import CodeGen
import Formats
import Kernels

/// A tuning as a file: JSON with a version, the processor that it was measured on, and an algorithm with its schedule for each
/// convolution for which the cost model's choice is not the fastest.
package struct TuningFile: Sendable {
  package var processor: String
  package var tuning: Tuning

  /// Grows when algorithms come to be described otherwise.
  private static let version = 1
  private static let mostBytes = 16 << 20

  package init(_ tuning: Tuning, for target: Target) {
    processor = target.processor
    self.tuning = tuning
  }

  package init(path: String) throws(FileError) {
    let file = try MappedFile(path: path)
    guard file.byteCount <= Self.mostBytes else {
      throw FileError(path, "is no tuning file: it has \(file.byteCount) bytes, which is too many")
    }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONReader.read(file.bytes(in: 0..<file.byteCount))
    } catch {
      throw FileError(path, "is no tuning file: \(error.message) at byte \(error.byteOffset)")
    }
    guard case .object(let members) = value, case .integer(let version)? = members["apus_tuning"] else {
      throw FileError(path, "is no tuning file: expected an object with the integer 'apus_tuning', its version")
    }
    guard version == Self.version else {
      throw FileError(
        path, "is of version \(version), and this apus reads version \(Self.version): write it anew with apus tune")
    }
    guard case .string(let processor)? = members["processor"], case .object(let choices)? = members["convolutions"]
    else {
      throw FileError(path, "is damaged: expected the string 'processor' and the object 'convolutions'")
    }
    self.processor = processor
    tuning = Tuning()
    for (key, choice) in choices {
      guard case .string(let algorithm) = choice else {
        throw FileError(path, "is damaged: '\(key)' is \(choice.kind), not a string")
      }
      tuning.choices[key] = algorithm
    }
  }

  /// One line for each convolution, sorted.
  package var text: String {
    func quoted(_ text: String) -> String { JSONValue.string(text).text }
    let lines = tuning.choices.sorted { $0.key < $1.key }.map { "    \(quoted($0.key)): \(quoted($0.value))" }
    return """
      {
        "apus_tuning": \(Self.version),
        "processor": \(quoted(processor)),
        "convolutions": {
      \(lines.joined(separator: ",\n"))
        }
      }

      """
  }
}
