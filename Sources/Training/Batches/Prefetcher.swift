import Foundation

/// Prepares numbered batches on threads of its own, before they are asked for. What a batch holds depends on its number
/// alone, so neither the number of threads nor where it begins change anything.
final class Prefetcher: Sendable {
  private let shared: Shared

  /// - Parameters:
  ///   - count: Numbers go from 0 to below it.
  ///   - depth: How many batches are prepared ahead, at most.
  ///   - prepare: Fills a batch that may have been used before. It may be called on several threads at once.
  init(
    count: Int, depth: Int, threadCount: Int, prepare: @escaping @Sendable (Int, inout Batch) throws -> Void
  ) {
    shared = Shared(count: count, depth: depth, threadCount: threadCount, prepare: prepare)
    for _ in 0..<threadCount {
      // The thread holds what is shared and not this object, whose end ends it.
      let thread = Thread { [shared] in shared.work() }
      thread.name = "apus-batches"
      thread.start()
    }
  }

  deinit { shared.close() }

  /// The batch of a number, for one thread at a time. The next ones are expected to be asked for in order; any other is as right, but must be
  /// waited for.
  /// - Throws: What its preparation threw.
  func batch(_ number: Int) throws -> Batch { try shared.take(number) }

  var waits: BatchWaits { shared.waits }
}

/// How often, and how long, batches had to be waited for.
package struct BatchWaits: Hashable, Sendable {
  /// Batches that were asked for.
  package var batchCount = 0
  /// Those of them that were not ready.
  package var waitCount = 0
  package var seconds = 0.0

  package init() {}
}

/// What the threads of a prefetcher share, guarded by the condition.
private final class Shared: @unchecked Sendable {
  private let condition = NSCondition()
  private let count: Int
  private let depth: Int
  private let prepare: @Sendable (Int, inout Batch) throws -> Void
  /// The batch that is asked for now or next; those of `position..<position + depth` are prepared. -1: none yet.
  private var position = -1
  /// The next that a thread takes on. Beyond the end until a first batch is asked for.
  private var next: Int
  private var ready: [Int: Result<Batch, any Error>] = [:]
  /// The batch that was handed out last, and those that are free to be filled again.
  private var current: Batch?
  private var spares: [Batch] = []
  private var isClosed = false
  private var threadCount: Int
  private var measured = BatchWaits()

  init(count: Int, depth: Int, threadCount: Int, prepare: @escaping @Sendable (Int, inout Batch) throws -> Void) {
    precondition(depth > 0 && threadCount > 0, "something is prepared by somebody")
    self.count = count
    self.depth = depth
    self.threadCount = threadCount
    self.prepare = prepare
    next = count
  }

  var waits: BatchWaits { condition.withLock { measured } }

  func take(_ number: Int) throws -> Batch {
    precondition(0 <= number && number < count, "there is such a batch")
    condition.lock()
    defer { condition.unlock() }
    if let current { spares.append(current) }
    current = nil
    if number != position { restart(at: number) }
    measured.batchCount += 1
    if ready[number] == nil {
      let clock = ContinuousClock()
      let start = clock.now
      while ready[number] == nil { condition.wait() }
      measured.waitCount += 1
      measured.seconds += (clock.now - start) / .seconds(1)
    }
    let result = ready.removeValue(forKey: number)
    position = number + 1
    condition.broadcast()
    current = try result?.get()
    return current ?? Batch(images: [], labels: [])
  }

  private func restart(at number: Int) {
    ready.removeAll()
    (position, next) = (number, number)
    condition.broadcast()
  }

  /// What a thread does until the end.
  func work() {
    condition.lock()
    defer {
      threadCount -= 1
      condition.broadcast()
      condition.unlock()
    }
    while true {
      while !isClosed && (next >= count || next >= position + depth) { condition.wait() }
      if isClosed { return }
      let number = next
      next += 1
      var batch = spares.popLast() ?? Batch(images: [], labels: [])
      condition.unlock()
      let result = Result {
        try prepare(number, &batch)
        return batch
      }
      condition.lock()
      // A batch that was begun before a restart may not be wanted any more.
      if (position..<position + depth).contains(number) { ready[number] = result }
      condition.broadcast()
    }
  }

  /// Returns once all threads have ended.
  func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
      while threadCount > 0 { condition.wait() }
    }
  }
}
