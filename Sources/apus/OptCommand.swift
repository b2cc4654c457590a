import ArgumentParser
import Diagnostics
import Foundation
import GraphIR
import Ops
import Passes

struct OptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "opt",
    abstract: "Runs passes on a graph in its printed form, and prints the result.",
    discussion: """
      Passes run in the order in which they are given; without --passes, the ones that compile runs. A network file \
      (.apus) can be given too: with --passes none its graph is printed as it is, for a file to try passes on.

      Examples:
        apus opt examples/networks/resnet.apus --network ResNet18 --passes none > resnet18.graph
        apus opt resnet18.graph --passes fold-batch-norm,fuse-residual
        apus opt --list
      """)

  @Argument(help: "A graph as text, or a network file.", completion: .file())
  var graphFile: String?

  @Option(help: ArgumentHelp("The network of a network file that has several.", valueName: "name"))
  var network: String?

  @Option(help: ArgumentHelp("The passes to run, or none.", valueName: "a,b,c"))
  var passes: String?

  @Flag(help: "List the passes and what each is for.")
  var list = false

  @Flag(help: "Say on standard error how long each pass took and what became of the nodes.")
  var report = false

  func validate() throws {
    if !list && graphFile == nil { throw ValidationError("Give a file with a graph, or --list.") }
  }

  func run() throws {
    if list {
      print(Self.table)
      return
    }
    guard let graphFile else { return }
    let pipeline = try pipeline()
    let result: (graph: Graph, steps: [Pipeline.Step])
    do {
      result = try pipeline.run(try readGraph(graphFile)) { pass, graph in
        let faults = verify(graph).map(\.message)
        guard faults.isEmpty else {
          throw Failure(.bug, "apus: error: \(pass.name) broke the graph:\n\(faults.joined(separator: "\n"))")
        }
      }
    } catch let error as OpError {
      throw Failure(.bug, "apus: error: a pass failed: \(error.message)")
    }
    if report { writeToStandardError(Self.report(result.steps)) }
    print(result.graph, terminator: "")
  }

  private func pipeline() throws -> Pipeline {
    guard let passes else { return .inference }
    if passes == "none" { return Pipeline([]) }
    do throws(UnknownPassError) {
      return try Pipeline(names: passes.split(separator: ",").map(String.init))
    } catch {
      let suggestion = nearestName(to: error.name, among: error.known).map { "; did you mean '\($0)'?" } ?? "."
      throw ValidationError("There is no pass '\(error.name)'\(suggestion) `apus opt --list` names them all.")
    }
  }

  private func readGraph(_ path: String) throws -> Graph {
    if path.hasSuffix(".apus") { return try NetworkOptions.elaborate(path, network: network).graph }
    // A graph holds no weights: that of ResNet-1202 has one megabyte.
    let byteLimit = 256 << 20
    let file: SourceFile
    do throws(FileAccessError) {
      file = SourceFile(path: path, bytes: try SourceFile.readBytes(path: path, byteLimit: byteLimit))
    } catch {
      throw Failure(.input, "\(path): error: \(error.message)")
    }
    let (graph, diagnostics) = parseGraph(file, ops: OpRegistry.table)
    guard let graph, diagnostics.isEmpty else { throw Failure(diagnostics) }
    let faults = verify(graph)
    guard faults.isEmpty else { throw Failure(faults) }
    return graph
  }

  /// The passes in the order in which compile runs them, then those that make a training step.
  private static var table: String {
    let passes = Pipeline.known
    let width = passes.map(\.name.count).max() ?? 0
    return passes.map { pad($0.name, to: width) + "  " + $0.reason }.joined(separator: "\n")
  }

  private static func report(_ steps: [Pipeline.Step]) -> String {
    let width = steps.map(\.pass.count).max() ?? 0
    return steps.map { step in
      let time = step.duration.formatted(.units(allowed: [.milliseconds], fractionalPart: .show(length: 2)))
      return "\(pad(step.pass, to: width))  \(time)  \(step.nodeCountBefore) -> \(step.nodeCountAfter) nodes"
    }.joined(separator: "\n")
  }

  private static func pad(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: width - text.count)
  }
}
