import Testing

/// A file or a function that has grown beyond what one reads at once is to be split. A longer one must be one thing,
/// and is listed here with the reason.
@Suite struct SizeTests {
  private static let fileLimit = 400
  private static let functionLimit = 60
  /// Path to reason.
  private static let longFiles: [String: String] = [:]
  /// `path: declaration` to reason.
  private static let longFunctions: [String: String] = [:]

  private static let files = Repository.swiftFiles + Repository.sourceFiles.filter { !$0.hasSuffix(".swift") }

  @Test func filesAreShort() throws {
    for path in Self.files where Self.longFiles[path] == nil {
      let count = try Repository.lines(of: path).count - 1
      #expect(count <= Self.fileLimit, "\(path) has \(count) lines: split it by what it does")
    }
  }

  @Test func functionsAreShort() throws {
    for path in Repository.swiftFiles {
      for function in functions(in: try Repository.lines(of: path)) {
        guard Self.longFunctions["\(path): \(function.declaration)"] == nil else { continue }
        #expect(
          function.lineCount <= Self.functionLimit,
          "\(path): '\(function.declaration)' has \(function.lineCount) lines: name its parts")
      }
    }
  }

  @Test func theExceptionsAreNeeded() throws {
    for path in Self.longFiles.keys {
      #expect(try Repository.lines(of: path).count - 1 > Self.fileLimit, "\(path) is short again")
    }
    for key in Self.longFunctions.keys {
      let path = String(key.prefix(while: { $0 != ":" }))
      let isLong = functions(in: try Repository.lines(of: path)).contains {
        key == "\(path): \($0.declaration)" && $0.lineCount > Self.functionLimit
      }
      #expect(isLong, "\(key) is short again")
    }
  }

  @Test func functionsAreFound() {
    let lines: [Substring] = [
      "struct A {", "  func short() { 1 }", "  package static func long(", "    _ a: Int", "  ) -> Int {",
      "    if a > 0 {", "    }", "  }", "  func required()", "  init() {", "  }", "}",
    ]
    #expect(
      functions(in: lines) == [
        .init(declaration: "package static func long(", lineCount: 6), .init(declaration: "init() {", lineCount: 2),
      ])
  }

  private struct Function: Equatable {
    /// The first line of the declaration.
    var declaration: String
    var lineCount: Int
  }

  /// The functions, initialisers and subscripts whose bodies take lines of their own. Sources are formatted, so a
  /// body ends at the first closing brace that is indented as its declaration.
  private func functions(in lines: [Substring]) -> [Function] {
    lines.indices.compactMap { start in
      let indentation = lines[start].prefix(while: { $0 == " " })
      let declaration = lines[start].dropFirst(indentation.count)
      guard isFunction(declaration), opensBody(lines[start...], indentation: indentation),
        let end = lines[start...].firstIndex(where: { $0 == indentation + "}" })
      else { return nil }
      return Function(declaration: String(declaration), lineCount: end - start + 1)
    }
  }

  private func isFunction(_ declaration: Substring) -> Bool {
    let modifiers: Set<Substring> = [
      "package", "public", "private", "fileprivate", "internal", "static", "mutating", "borrowing", "consuming",
      "nonisolated", "override", "required", "convenience", "final", "indirect",
    ]
    let words = declaration.split(separator: " ").drop(while: { modifiers.contains($0) || $0.hasPrefix("@") })
    guard let first = words.first else { return false }
    return first == "func" || ["init(", "init?(", "init<", "subscript(", "deinit"].contains { first.hasPrefix($0) }
  }

  /// Whether the declaration, which may take several lines, ends by opening a body.
  private func opensBody(_ lines: ArraySlice<Substring>, indentation: Substring) -> Bool {
    guard let first = lines.first else { return false }
    if first.hasSuffix("{") { return true }
    guard first.hasSuffix("(") else { return false }
    return lines.dropFirst().first(where: { $0.hasPrefix(indentation + ")") })?.hasSuffix("{") == true
  }
}
