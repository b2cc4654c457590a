import Glibc
import Synchronization

/// The signal that asked this process to end, 0 while there is none.
private let requested = Atomic<Int32>(0)

/// Ctrl-C and SIGTERM as a wish to end soon: the first is noted, so that what is under way can be finished and saved; a
/// second one ends the process at once.
package enum Interruption {
  /// From here on the signals are noted. Those that the process was started to ignore stay ignored, as `nohup` wants.
  package static func catchSignals() {
    // Made before a signal can come: a handler must not make anything.
    requested.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      sigaction(number, nil, &action)
      if action.__sigaction_handler.sa_handler.map({ unsafeBitCast($0, to: Int.self) }) == 1 { continue }
      action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        requested.store(number, ordering: .relaxed)
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
      }
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
  }

  package static var isRequested: Bool { requested.load(ordering: .relaxed) != 0 }

  /// Ends the process as the signal would have, so that a shell sees what ended it.
  package static func complete() -> Never {
    let number = requested.load(ordering: .relaxed)
    signal(number, SIG_DFL)
    raise(number)
    exit(128 + number)
  }
}
