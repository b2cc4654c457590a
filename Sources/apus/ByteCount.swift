import ArgumentParser

/// A number of bytes on the command line: `500000000`, `800M`, `2G`.
struct ByteCount: ExpressibleByArgument {
  var count: Int

  /// - Parameter argument: Digits, and perhaps K, M, G or T: so many times 1024 bytes, and so on.
  init?(argument: String) {
    let suffixes: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
    let shift = argument.last.flatMap { suffixes[Character($0.uppercased())] }
    let digits = shift == nil ? argument[...] : argument.dropLast()
    guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits), number > 0,
      case (let count, false) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
    else { return nil }
    self.count = count
  }
}
