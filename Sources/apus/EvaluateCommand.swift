import ArgumentParser
import CodeGen
import Compiler
import Formats
import Foundation
import GraphIR
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Says how often a network errs on the test pictures of a data set.",
    discussion: """
      The network is compiled for use and run on every test picture, once, or with --crops 10 on its four corners, its \
      centre and their mirror images, of which the class probabilities are averaged. Top-5 error counts a picture as \
      right whose class is among the five likeliest.

      Examples:
        apus evaluate cifar.apus --network ResNet20 --weights resnet20/weights.safetensors --data cifar-10-batches-bin
        apus evaluate resnet.apus --network ResNet50 --weights resnet50.safetensors --data imagenet --crops 10 --json
      """)

  @OptionGroup var network: NetworkOptions

  @Option(
    help: ArgumentHelp("The weights: a file of parameters, or a checkpoint.", valueName: "w.safetensors"),
    completion: .file(extensions: ["safetensors"]))
  var weights: String

  @Option(help: ArgumentHelp("The directory with the pictures.", valueName: "dir"), completion: .directory)
  var data: String

  @Option(help: ArgumentHelp("How many parts of a picture to look at: 1 or 10; 1 unless said.", valueName: "n"))
  var crops = 1

  @Option(help: ArgumentHelp("Images at a time; 50 unless said.", valueName: "n"))
  var batch = 50

  @OptionGroup var thread: ThreadOption

  @Flag(help: "Print the error of each class as well.")
  var classes = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if crops != 1 && crops != 10 { throw ValidationError("--crops takes 1 or 10.") }
    if !(crops...BatchRange.largest).contains(batch) {
      throw ValidationError("--batch takes \(crops) to \(BatchRange.largest) with --crops \(crops).")
    }
  }

  func run() throws {
    let network = try network.elaborate()
    let (imageShape, classCount) = try network.classification()
    let set = try DataDirectory(contentsOf: data).testSet
    try set.check(classCount: classCount, labels: network.labels, data)
    let parameters = try Weights(contentsOf: weights, for: network)
    for remark in parameters.remarks { writeToStandardError("\(weights): note: \(remark)") }
    let tensors = PictureTensors(network.preprocessing, imageShape: imageShape)
    let source = try source(set, tensors, network)
    let stages = StageLine("compiling")
    stages.show(network.graph.name)
    let classifier = try CompiledClassifier(
      network, weights: parameters, batch: batch, target: Target(named: "native"), threadCount: thread.threads)
    stages.clear()
    var progress = ProgressBar("evaluating")
    let evaluation = try classifier.evaluate(source) { done in
      progress.update(done, of: set.count)
      return true
    }
    progress.finish()
    guard let evaluation else { return }
    let names = network.labels ?? set.classNames
    let report = EvaluationReport(evaluation, network: network.graph.name, crops: crops, classNames: names)
    print(json ? report.json.text : report.text(withClasses: classes))
  }

  private func source(
    _ set: DataSet, _ tensors: PictureTensors, _ network: Network
  ) throws -> any EvaluationSource {
    if crops == 1 { return EvaluationLoader(set, images: Array(0..<Int32(set.count)), tensors: tensors, batch: batch) }
    guard case .shorterSide(let side) = network.preprocessing?.resize, network.preprocessing?.crop != nil else {
      throw ValidationError(
        "--crops 10 needs a preprocessing that resizes by the shorter side and then crops, and that of "
          + "'\(network.graph.name)' does not.")
    }
    return TenCropLoader(set, tensors: tensors, shorterSide: side, batch: batch / 10)
  }
}
