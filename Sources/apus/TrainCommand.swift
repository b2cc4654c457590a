import ArgumentParser
import CodeGen
import Compiler
import Formats
import Foundation
import GraphIR
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a network by a recipe of its file.",
    discussion: """
      The data directory holds MNIST's files, CIFAR-10's or -100's binary ones, or pictures in train/CLASS and \
      val/CLASS. Into the output directory go weights.safetensors at the end, best.safetensors after the epoch with \
      the least error, log.jsonl, curves.svg, and checkpoint.safetensors, from which --resume goes on.

      Ctrl-C finishes the step, saves, and ends; the same command with --resume gives the same bits as if nothing had \
      happened, and so it does after a crash. A second Ctrl-C ends at once.

      Examples:
        apus train examples/networks/cifar.apus --network ResNet20 --data cifar-10-batches-bin --out resnet20
        apus train net.apus --data pictures --epochs 5 --learning-rate 0.01 --out trained --resume
        apus train resnet.apus --network ResNet18 --set classes=5 --data flowers --weights resnet18.safetensors \
      --new-head --freeze conv1 --freeze layer1 --out flowers-resnet18
        apus train net.apus --data pictures --memory 2G --out trained
        apus train net.apus --data pictures --inspect --out look
      """)

  @OptionGroup var network: NetworkOptions
  @OptionGroup var options: TrainingOptions
  @OptionGroup var thread: ThreadOption

  @Option(help: ArgumentHelp("The directory with the pictures.", valueName: "dir"), completion: .directory)
  var data: String

  @Option(
    help: ArgumentHelp("The directory to write to; by default named after the network.", valueName: "dir"),
    completion: .directory)
  var out: String?

  @Flag(help: "Go on from the output directory's checkpoint, with the other arguments as they were.")
  var resume = false

  @Option(help: ArgumentHelp("Stop after so many steps of the training, which --resume goes on with.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("Save a checkpoint about this often; 60 unless said.", valueName: "seconds"))
  var saveEvery = 60.0

  @Option(help: ArgumentHelp("A line of the log for so many steps; 50 unless said.", valueName: "n"))
  var logEvery = 50

  @Flag(help: "Train nothing: print what would be done, and write the first batch as inspect.png.")
  var inspect = false

  @Flag(help: "Print JSON: what the training came to, or with --inspect what it would be.")
  var json = false

  func validate() throws {
    if let steps, steps < 1 { throw ValidationError("--steps takes 1 or more.") }
    if !(saveEvery >= 0 && saveEvery <= 1e6) { throw ValidationError("--save-every takes 0 to 1e6 seconds.") }
    if !(1...1_000_000).contains(logEvery) { throw ValidationError("--log-every takes 1 to 1000000.") }
    if out == "" { throw ValidationError("--out takes a path, not an empty one.") }
    if resume && inspect { throw ValidationError("Give either --resume or --inspect.") }
  }

  func run() throws {
    let job = try TrainingJob(network, options, data: data)
    let path = out ?? "\(job.network.graph.name.lowercased())-training"
    if inspect {
      return try report(TrainingInspection(job, memory: TrainingMemoryReport(plan(job).memory), directory: path))
    }
    try TrainingDirectory.check(path, isResumed: resume)
    let compilation = try plan(job)
    let memory = TrainingMemoryReport(compilation.memory)
    writeToStandardError(memory.text)
    let session = try compile(compilation, job)
    let identity = try job.identity()
    var loop = try TrainingLoop(
      model: session, batches: job.batches(), evaluation: job.evaluation(), plan: plan(of: job), identity: identity,
      directory: TrainingDirectory(path),
      header: job.header(identity, memory: memory, threadCount: session.threadCount),
      isResumed: resume)
    if resume { writeToStandardError("going on after step \(loop.progress.step) of \(loop.plan.stepCount)") }
    Interruption.catchSignals()
    var display = TrainingDisplay(loop.plan, loop.progress)
    defer { display.clear() }
    do {
      let end = try loop.run(report: { display.show($0, $1) })
      display.clear()
      try report(end, loop)
    } catch let error as NonFiniteLoss {
      throw Failure(error, loop.directory)
    }
  }

  /// Everything that is known before a step runs.
  private func plan(_ job: TrainingJob) throws -> TrainingCompilation {
    let stages = StageLine("planning")
    defer { stages.clear() }
    stages.show("training step")
    return try TrainingCompilation(
      training: job.trainingNetwork, inference: job.network, recipe: job.recipe, batch: job.recipe.batch,
      target: Target(named: "native"), isExact: job.isExact, memoryLimit: options.memory.limit)
  }

  private func compile(_ compilation: TrainingCompilation, _ job: TrainingJob) throws -> TrainingSession {
    let stages = StageLine("compiling")
    defer { stages.clear() }
    stages.show("training step")
    // What a checkpoint holds takes the place of these; it is quicker to draw than to read them.
    let weights =
      resume
      ? Weights(seed: job.recipe.seed, for: job.trainingNetwork.graph)
      : try options.initialWeights(for: job.trainingNetwork, seed: job.recipe.seed)
    return try TrainingSession(compilation, weights: weights, threadCount: thread.threads)
  }

  private func plan(of job: TrainingJob) -> TrainingPlan {
    var plan = job.plan
    plan.lastStep = steps
    plan.logInterval = logEvery
    plan.saveInterval = .seconds(saveEvery)
    return plan
  }

  private func report(_ end: TrainingEnd, _ loop: borrowing TrainingLoop<TrainingSession>) throws {
    let result = TrainingResult(end, loop.progress, loop.plan, weightsPath: loop.directory.weightsPath)
    switch end {
    case .finished: print(json ? result.json.text : result.text)
    case .atLastStep:
      print(json ? result.json.text : result.text)
      writeToStandardError("to go on, say the same with --resume and other --steps")
    case .interrupted:
      writeToStandardError(
        "stopped after step \(loop.progress.step) of \(loop.plan.stepCount), which is saved in "
          + "\(loop.directory.checkpointPath); to go on, say the same with --resume")
      Interruption.complete()
    }
  }

  private func report(_ inspection: TrainingInspection) throws {
    try inspection.writeSheet()
    print(json ? inspection.json.text : inspection.text)
    writeToStandardError("wrote \(inspection.sheetPath)")
  }
}

extension Failure {
  /// Where a training diverged, and what may help.
  init(_ error: NonFiniteLoss, _ directory: borrowing TrainingDirectory) {
    let place = error.node.map { "; '\($0)' is the first whose result is not finite" } ?? ""
    self.init(
      .input,
      """
      apus: error: the loss of step \(error.step) is \(error.loss)\(place)
      The training has diverged: a lower --learning-rate or a longer warm-up may help, and --inspect shows whether the \
      pictures are right. \(directory.checkpointPath) is as it was saved last.
      """)
  }
}
