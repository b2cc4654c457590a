import Glibc

/// The seconds of processor time that `body` takes on this thread. Unlike time on the clock, it does not depend on what
/// other tests do meanwhile.
package func threadSeconds(_ body: () throws -> Void) rethrows -> Double {
  let start = threadTime()
  try body()
  return threadTime() - start
}

private func threadTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
