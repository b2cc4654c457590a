import Foundation
import Training

/// What people see of a training on standard error: on a terminal a line that shows how far it is, elsewhere a plain
/// line now and then; and a line that stays for each epoch.
struct TrainingDisplay {
  private let plan: TrainingPlan
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private var lastLine = ContinuousClock.now
  /// What the last evaluation took, to say how long the rest will take.
  private var evaluationSeconds = 0.0
  /// Steps of this run alone: those before it may have been run by more threads.
  private var sums: (stepCount: Int, seconds: Double) = (0, 0)
  private var lastSeconds: Double

  init(_ plan: TrainingPlan, _ progress: TrainingProgress) {
    self.plan = plan
    lastSeconds = progress.seconds
  }

  mutating func show(_ event: TrainingEvent, _ progress: TrainingProgress) {
    switch event {
    case .step:
      sums.stepCount += 1
      sums.seconds += progress.seconds - lastSeconds
      lastSeconds = progress.seconds
      guard isDue else { return }
      showStep(progress)
    case .evaluating(let done, let count):
      guard isTerminal, isDue else { return }
      draw(progress, done: done, of: count, "evaluating")
    case .epoch(let record):
      evaluationSeconds = record.evaluationSeconds
      lastSeconds = progress.seconds
      clear()
      writeToStandardError(Self.line(record, epochCount: plan.epochCount))
    case .saved: break
    }
  }

  /// Takes the line away.
  func clear() {
    if isTerminal { writeBytesToStandardError("\r\u{1B}[K") }
  }

  /// Whether it is time for a line; eyes and log files differ in how many they take.
  private var isDue: Bool {
    mutating get {
      let now = ContinuousClock.now
      guard now - lastLine >= (isTerminal ? .milliseconds(100) : .seconds(30)) else { return false }
      lastLine = now
      return true
    }
  }

  /// Draws the line: the bar gets what the text leaves of the terminal's width.
  private func draw(_ progress: TrainingProgress, done: Int, of total: Int, _ text: String) {
    let epoch = "epoch \(progress.epoch + 1)/\(plan.epochCount) "
    let room = terminalColumns - epoch.count - text.count - 2
    let bar = room > 3 ? ProgressBar.bar(done, of: total, width: min(room, 30)) + " " : ""
    writeBytesToStandardError("\r\((epoch + bar + text).prefix(terminalColumns - 1))\u{1B}[K")
  }

  /// 80 where the terminal does not say.
  private var terminalColumns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  private func showStep(_ progress: TrainingProgress) {
    let sums = progress.epochSums
    let state =
      "loss \(sums.loss.formatted(digits: 4))  error \((100 * sums.error).formatted(digits: 2)) %  "
      + "\(Int(sums.imagesPerSecond)) images/s  \(timeLeft(progress)) left"
    if isTerminal {
      let start = progress.epoch * plan.stepsPerEpoch
      let length = plan.end(ofEpoch: progress.epoch) - start
      draw(progress, done: progress.step - start, of: length, "step \(progress.step)  \(state)")
    } else {
      writeToStandardError("step \(progress.step) of \(plan.stepCount), epoch \(progress.epoch + 1)  \(state)")
    }
  }

  private func timeLeft(_ progress: TrainingProgress) -> String {
    let steps = Double(plan.stepCount - progress.step) * sums.seconds / Double(max(sums.stepCount, 1))
    let evaluations = Double(plan.epochCount - progress.epoch) * evaluationSeconds
    return Duration.seconds(Int(steps + evaluations)).formatted(.units(width: .narrow, maximumUnitCount: 2))
  }

  private static func line(_ record: EpochRecord, epochCount: Int) -> String {
    let (training, evaluation) = (record.training, record.evaluation)
    return "epoch \(record.epoch)/\(epochCount)  training loss \(training.loss.formatted(digits: 4)), error "
      + "\((100 * training.error).formatted(digits: 2)) %  test loss \(evaluation.loss.formatted(digits: 4)), error "
      + "\((100 * evaluation.error).formatted(digits: 2)) %  \(Int(training.seconds + record.evaluationSeconds)) s"
  }
}

extension Double {
  /// With so many digits behind the point.
  func formatted(digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
