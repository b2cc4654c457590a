import ArgumentParser
import GraphIR

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows a network: its layers, their shapes, parameters and multiply-adds.",
    discussion: """
      Multiply-adds are those of convolutions and linear layers, for one image. Running statistics of batch norm are \
      no parameters.

      Examples:
        apus show examples/networks/resnet.apus --network ResNet50
        apus show net.apus --set classes=10 --json
        apus show net.apus --html net.html
      """)

  @OptionGroup var options: NetworkOptions

  @Flag(help: "Print JSON: layers (name, op, shape, parameters, macs), parameters, macs.")
  var json = false

  @Option(
    help: ArgumentHelp("Write the graph for Graphviz; - is standard output.", valueName: "out"), completion: .file())
  var dot: String?

  @Option(
    help: ArgumentHelp("Write a page with the graph drawn; - is standard output.", valueName: "out"),
    completion: .file())
  var html: String?

  func run() throws {
    let graph = try options.elaborate().graph
    if let dot { try write(graph.dot, to: dot) }
    if let html { try write(GraphPage(graph).html, to: html) }
    if json {
      print(try LayerReport(graph).json())
    } else if dot == nil, html == nil {
      print(LayerReport(graph).table, terminator: "")
    }
  }
}
