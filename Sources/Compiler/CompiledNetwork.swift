import CodeGen
import Diagnostics
import Foundation
import GraphIR
import Language

/// A network of a network file, compiled for this processor, in this process.
///
/// ```swift
/// let network = try CompiledNetwork(
///   contentsOf: "examples/networks/resnet.apus", network: "ResNet50", weights: .safetensors("resnet50.safetensors"))
/// let logits = try network.run([picture])[0]
/// ```
///
/// One network is for one caller at a time; what it computes does not depend on its threads.
public struct CompiledNetwork {
  /// Where a network's parameters come from.
  public enum WeightsSource: Sendable {
    /// A file keyed by the network's parameter names.
    case safetensors(String)
    /// Drawn at random, the same for the same number.
    case seed(UInt64)
  }

  /// An input or output: its name, and its shape with nil for the batch.
  public struct Tensor: Sendable {
    public var name: String
    public var shape: [Int?]
  }

  public let name: String
  public let inputs: [Tensor]
  public let outputs: [Tensor]
  /// How many images a run may have.
  public let batch: ClosedRange<Int>
  private let context: ExecutionContext

  /// Compiles a network.
  /// - Parameters:
  ///   - path: A network file.
  ///   - network: Which network of it; may be left out where there is one.
  ///   - settings: Values for its parameters, such as `classes=10`.
  ///   - batch: How many images a run may have.
  ///   - threadCount: Threads of a run; nil: as many as the process may keep busy.
  /// - Throws: CompilationError, where a file is at fault or does not fit the other.
  public init(
    contentsOf path: String, network: String? = nil, settings: [String] = [], weights: WeightsSource,
    batch: ClosedRange<Int> = 1...1, threadCount: Int? = nil
  ) throws {
    guard batch.lowerBound >= 1 else { throw CompilationError("a batch has at least one image; got \(batch)") }
    let elaborated = try Self.elaborate(path, network, settings)
    do {
      let parameters =
        switch weights {
        case .seed(let seed): Weights(seed: seed, for: elaborated.graph)
        case .safetensors(let path): try Weights(contentsOf: path, for: elaborated)
        }
      var compilation = try Compilation(elaborated, target: Target(named: "native"), batch: batch)
      let model = try compilation.model(
        weights: parameters, threadCount: ProcessInfo.processInfo.activeProcessorCount)
      context = try ExecutionContext(model: model, threadCount: threadCount)
    } catch let diagnostic as Diagnostic {
      throw CompilationError([diagnostic])
    } catch {
      throw CompilationError("\(error)")
    }
    let program = context.model.program
    name = program.name
    inputs = program.inputs.map { Tensor(name: $0.name, shape: $0.type.shape.dimensions.map(\.fixedExtent)) }
    outputs = program.outputs.map { Tensor(name: $0.name, shape: $0.type.shape.dimensions.map(\.fixedExtent)) }
    self.batch = batch
  }

  private static func elaborate(
    _ path: String, _ name: String?, _ settings: [String]
  ) throws(CompilationError) -> Network {
    let module = Module.load(path: path)
    guard !module.hasErrors else { throw CompilationError(module.diagnostics) }
    let overrides: [ParameterOverride]
    do throws(Diagnostic) {
      overrides = try settings.map { text throws(Diagnostic) in try ParameterOverride(text) }
    } catch {
      throw CompilationError([error])
    }
    let (network, diagnostics) = module.elaborate(name, overrides: overrides)
    guard let network else { throw CompilationError(module.diagnostics + diagnostics) }
    return network
  }

  /// Runs the network.
  /// - Parameters:
  ///   - inputs: The row-major elements of each input, in the order of `inputs`.
  ///   - count: How many images they hold.
  /// - Returns: The row-major elements of each output.
  /// - Throws: CompilationError, where a count of elements or images does not fit.
  public func run(_ inputs: [[Float]], imageCount count: Int = 1) throws -> [[Float]] {
    guard batch.contains(count) else { throw CompilationError("\(name) takes \(batch) images a run; got \(count)") }
    do throws(RuntimeFailure) {
      return try context.run(batch: count, inputs: inputs)
    } catch {
      throw CompilationError(error.message)
    }
  }
}

/// Why a network was not compiled, or not run: all that is wrong, as `apus` would print it.
public struct CompilationError: Error, CustomStringConvertible, Sendable {
  public let description: String

  init(_ description: String) { self.description = description }

  init(_ diagnostics: [Diagnostic]) { description = DiagnosticRenderer().render(diagnostics) }
}
