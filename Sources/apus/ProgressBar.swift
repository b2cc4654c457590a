import Foundation

/// A line on standard error that shows how far long work is; nothing where that is no terminal.
struct ProgressBar {
  private let title: String
  private let isShown = isatty(STDERR_FILENO) != 0
  private let start = ContinuousClock.now
  private var lastFraction = -1

  init(_ title: String) { self.title = title }

  mutating func update(_ done: Int, of total: Int) {
    guard isShown, total > 0 else { return }
    let fraction = done * 100 / total
    guard fraction != lastFraction else { return }
    lastFraction = fraction
    let elapsed = ContinuousClock.now - start
    let left = done == 0 ? "" : ", \((elapsed / done * (total - done)).formatted(.units(width: .narrow))) left"
    writeBytesToStandardError("\r\(title) \(Self.bar(done, of: total, width: 30)) \(fraction) %\(left)\u{1B}[K")
  }

  /// Takes the line away.
  func finish() {
    if isShown { writeBytesToStandardError("\r\u{1B}[K") }
  }

  /// The bar alone.
  static func bar(_ done: Int, of total: Int, width: Int) -> String {
    let filled = min(max(done * width / max(total, 1), 0), width)
    return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
  }
}

/// A line on standard error that says what long work is at; nothing where that is no terminal.
struct StageLine: Sendable {
  private let title: String
  private let isShown = isatty(STDERR_FILENO) != 0

  init(_ title: String) { self.title = title }

  func show(_ stage: String) {
    if isShown { writeBytesToStandardError("\r\(title): \(stage)\u{1B}[K") }
  }

  /// Takes the line away.
  func clear() {
    if isShown { writeBytesToStandardError("\r\u{1B}[K") }
  }
}
