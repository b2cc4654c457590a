import Foundation

/// A level of the data caches.
package enum CacheLevel: Sendable {
  case level1, level2, level3

  fileprivate var systemName: Int32 {
    switch self {
    case .level1: Int32(_SC_LEVEL1_DCACHE_SIZE)
    case .level2: Int32(_SC_LEVEL2_CACHE_SIZE)
    case .level3: Int32(_SC_LEVEL3_CACHE_SIZE)
    }
  }
}

/// The size of one core's cache, or of the one that cores share, where the system knows it.
package func cacheByteCount(_ level: CacheLevel) -> Int? {
  let byteCount = sysconf(level.systemName)
  return byteCount > 0 ? byteCount : nil
}
