import CRuntime

/// A failure that the C runtime reports.
package struct RuntimeFailure: Error, Hashable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    case invalidArgument, outOfMemory, unsupportedProcessor, badWeights, badFile, notFinite
  }

  package var kind: Kind
  package var message: String

  package var description: String { message }

  init(status: CInt, message: String) {
    kind =
      switch apus_status(UInt32(bitPattern: status)) {
      case APUS_OUT_OF_MEMORY: .outOfMemory
      case APUS_UNSUPPORTED_CPU: .unsupportedProcessor
      case APUS_BAD_WEIGHTS: .badWeights
      case APUS_BAD_FILE: .badFile
      case APUS_NOT_FINITE: .notFinite
      default: .invalidArgument
      }
    self.message = message
  }

  /// Calls a function of the runtime that fills in an error, and throws what it reports.
  package static func check(_ call: (UnsafeMutablePointer<apus_error>) -> CInt) throws(RuntimeFailure) {
    var error = apus_error()
    let status = call(&error)
    if status != CInt(APUS_OK.rawValue) {
      throw RuntimeFailure(status: status, message: text(of: &error))
    }
  }

  private static func text(of error: inout apus_error) -> String {
    withUnsafeBytes(of: &error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
