import ArgumentParser
import CodeGen
import Foundation

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Compiles a network just in time, and runs it on pictures or arrays.",
    discussion: """
      Pictures go through the network's preprocessing. Arrays are .npy files of f32, NCHW, already preprocessed.

      Examples:
        apus run cifar.apus --network FashionResNet20 --weights fashion.safetensors boot.png
        apus run net.apus --seed 1 --input x.npy --output y.npy
      """)

  @OptionGroup var network: NetworkOptions

  @Argument(help: "Pictures, PNG or JPEG.", completion: .file(extensions: ["png", "jpg", "jpeg"]))
  var images: [String] = []

  @OptionGroup var options: CompilationOptions
  @OptionGroup var thread: ThreadOption

  @Option(help: ArgumentHelp("An array to run on, one for each input.", valueName: "x.npy"), completion: .file())
  var input: [String] = []

  @Option(help: ArgumentHelp("Where to write the result, one for each output.", valueName: "y.npy"))
  var output: [String] = []

  @Option(help: ArgumentHelp("How many classes to print for a picture.", valueName: "k"))
  var top = 5

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if images.isEmpty == input.isEmpty { throw ValidationError("Give either pictures, or --input and --output.") }
    if input.isEmpty != output.isEmpty { throw ValidationError("--input and --output go together.") }
    if Set(output).count < output.count { throw ValidationError("--output names a file twice.") }
    if top < 1 { throw ValidationError("--top takes 1 or more.") }
  }

  func run() throws {
    let model = try network.load(options)
    let context = try ExecutionContext(model: model, threadCount: thread.threads)
    let status: CInt
    if images.isEmpty {
      try checkCounts(model)
      status = context.run(arraysAt: input, to: output)
    } else {
      status = context.classify(imagesAt: images, topCount: top, asJSON: json)
    }
    // The runtime has said what is wrong.
    if status != 0 { throw ExitCode(status) }
  }

  private func checkCounts(_ model: ExecutableModel) throws {
    for (given, wanted, option) in [
      (input, model.program.inputs, "--input"), (output, model.program.outputs, "--output"),
    ] where given.count != wanted.count {
      let names = wanted.map(\.name).joined(separator: ", ")
      throw ValidationError("The network takes \(option) \(wanted.count) times (\(names)); given \(given.count).")
    }
  }
}
