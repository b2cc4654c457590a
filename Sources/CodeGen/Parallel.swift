import Dispatch
import Synchronization

/// `transform` of each element, in order, on up to `threadCount` threads.
/// - Throws: what the first element, in order, that fails throws.
package func mapInParallel<Element: Sendable, Result: Sendable, Failure: Error>(
  _ elements: some RandomAccessCollection<Element> & Sendable, threadCount: Int,
  _ transform: @Sendable (Element) throws(Failure) -> Result
) throws(Failure) -> [Result] {
  guard threadCount > 1, elements.count > 1 else { return try elements.map(transform) }
  let items = Array(elements)
  let next = Atomic(0)
  let results = Mutex([Swift.Result<Result, Failure>?](repeating: nil, count: items.count))
  DispatchQueue.concurrentPerform(iterations: min(threadCount, items.count)) { _ in
    while true {
      let position = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard position < items.count else { return }
      let result = Swift.Result { () throws(Failure) in try transform(items[position]) }
      results.withLock { $0[position] = result }
    }
  }
  return try results.withLock { $0 }.compactMap(\.self).map { result throws(Failure) in try result.get() }
}
