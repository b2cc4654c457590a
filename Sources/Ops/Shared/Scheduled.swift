/// A problem with its schedule: what a kernel's code depends on.
struct Scheduled<Problem: Hashable & Sendable, Schedule: Hashable & Sendable>: Hashable, Sendable {
  var problem: Problem
  var schedule: Schedule
}

/// One of the kernels that compute a problem together.
struct Stage<Problem: Hashable & Sendable>: Hashable, Sendable {
  var kernel: Problem
  var number: Int
}
