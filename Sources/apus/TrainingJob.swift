import ArgumentParser
import Compiler
import Formats
import GraphIR
import Training

/// All that a training is made of, before anything is compiled.
struct TrainingJob {
  /// The network as it is used, and as it is in training.
  let network: Network
  let trainingNetwork: Network
  let recipe: Recipe
  let plan: TrainingPlan
  private let trainingSet: DataSet
  private let evaluationSet: DataSet
  /// Which pictures of `evaluationSet` the model is evaluated on.
  private let evaluationImages: [Int32]
  private let order: BatchOrder
  private let orderPath: String?
  private let tensors: PictureTensors
  private let file: String
  private let data: String
  private let weights: String?
  let isExact: Bool

  init(_ networkOptions: NetworkOptions, _ options: TrainingOptions, data path: String) throws {
    network = try networkOptions.elaborate()
    var trainingNetwork = try networkOptions.elaborate(isTraining: true)
    // Those that it has beyond the other, which a file of weights may lack.
    trainingNetwork.trainingParameterNames = network.trainingParameterNames
    self.trainingNetwork = trainingNetwork
    let (imageShape, classCount) = try network.classification()
    var recipe = try options.recipe(of: trainingNetwork)
    let directory = try DataDirectory(contentsOf: path)
    trainingSet = try directory.trainingSet
    try trainingSet.check(classCount: classCount, labels: network.labels, path)
    guard recipe.validationCount < trainingSet.count else {
      throw FileError(path, "the recipe keeps out \(recipe.validationCount) of \(trainingSet.count) pictures")
    }
    let split = trainingSet.split(holdingOut: recipe.validationCount)
    evaluationSet = recipe.validationCount > 0 ? trainingSet : try directory.testSet
    try evaluationSet.check(classCount: classCount, labels: network.labels, path)
    evaluationImages = recipe.validationCount > 0 ? split.validation : Array(0..<Int32(evaluationSet.count))
    if let path = options.order {
      order = try BatchOrder(contentsOf: path, imageCount: trainingSet.count)
    } else {
      guard split.training.count >= recipe.batch else {
        throw FileError(
          path, "a batch of \(recipe.batch) needs more than \(split.training.count) pictures; see --batch")
      }
      order = BatchOrder(shuffling: split.training, batch: recipe.batch, seed: recipe.seed)
    }
    if let batch = options.batch, batch != order.batch {
      throw ValidationError("--batch is \(batch), and the rows of --order have \(order.batch) pictures.")
    }
    recipe.batch = order.batch
    self.recipe = recipe
    plan = TrainingPlan(recipe, imageCount: split.training.count, orderedStepCount: order.stepCount)
    tensors = PictureTensors(network.preprocessing, imageShape: imageShape)
    (file, data, weights, orderPath) = (networkOptions.file, path, options.weights, options.order)
    isExact = options.exact
  }

  var trainingCount: Int { trainingSet.count - recipe.validationCount }
  var evaluationCount: Int { evaluationImages.count }
  /// What the model is evaluated on after each epoch.
  var evaluationName: String { recipe.validationCount > 0 ? "validation" : "test" }
  var classNames: [String]? { network.labels ?? trainingSet.classNames }

  func batches() -> BatchLoader {
    BatchLoader(
      trainingSet, order: order, tensors: tensors, augmentation: recipe.augmentation, seed: recipe.seed,
      stepCount: plan.stepCount)
  }

  func evaluation() -> EvaluationLoader {
    EvaluationLoader(evaluationSet, images: evaluationImages, tensors: tensors, batch: recipe.batch)
  }

  /// What decides the bits of the result.
  func identity() throws -> TrainingIdentity {
    let graph = String(fingerprintOf: trainingNetwork.graph.description.utf8)
    var fields = [TrainingIdentity.Field("network", "\(network.graph.name) (graph \(graph))")]
    fields += recipe.entries
    fields.append(.init("data", "\(trainingSet.count) pictures (\(try trainingSet.fingerprint()))"))
    fields.append(.init("preprocessing", "\(network.preprocessing.map { "\($0)" } ?? "none")"))
    fields.append(.init("algorithms", isExact ? "exact" : "fastest"))
    if orderPath != nil { fields.append(.init("order", order.fingerprint)) }
    return TrainingIdentity(fields)
  }

  /// The first line of the log: all that is needed to train again.
  func header(_ identity: TrainingIdentity, memory: TrainingMemoryReport, threadCount: Int) -> JSONValue {
    .object([
      "kind": .string("header"), "apus": .string(Apus.configuration.version), "file": .string(file),
      "network": .string(network.graph.name), "recipe": .string(recipe.name),
      "identity": .object(.init(uniqueKeysWithValues: identity.fields.map { ($0.name, .string($0.value)) })),
      "data": .string(data), "training_images": .integer(trainingCount), "evaluated_on": .string(evaluationName),
      "evaluation_images": .integer(evaluationCount), "weights": .string(weights ?? "seed \(recipe.seed)"),
      "steps": .integer(plan.stepCount), "steps_per_epoch": .integer(plan.stepsPerEpoch),
      "threads": .integer(threadCount), "memory": memory.json,
      "arguments": .array(CommandLine.arguments.dropFirst().map { .string($0) }),
    ])
  }
}

extension TrainingPlan {
  /// - Parameters:
  ///   - imageCount: Images of an epoch.
  ///   - orderedStepCount: Steps whose batches are given; nil: there are always more.
  fileprivate init(_ recipe: Recipe, imageCount: Int, orderedStepCount: Int?) {
    let stepsPerEpoch = max(imageCount / recipe.batch, 1)
    let stepCount = recipe.stepCount(stepsPerEpoch: stepsPerEpoch)
    self.init(stepCount: min(stepCount, orderedStepCount ?? stepCount), stepsPerEpoch: stepsPerEpoch) { step in
      recipe.learningRate(step: step, stepsPerEpoch: stepsPerEpoch)
    }
  }
}
