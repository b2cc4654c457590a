import CRuntime
import Lowering

/// Runs an `ExecutableModel`: a workspace and threads, for one caller at a time.
package final class ExecutionContext {
  package let model: ExecutableModel
  let context: OpaquePointer
  /// Of the largest batch.
  private let roundCount: Int

  /// - Parameters:
  ///   - threadCount: nil: as many threads as the process may keep busy.
  ///   - largestBatch: The most images that a run will have; nil: the most that the model was compiled for.
  package init(
    model: ExecutableModel, threadCount: Int? = nil, largestBatch: Int? = nil
  ) throws(RuntimeFailure) {
    var options = apus_context_options()
    options.weights = UnsafeRawPointer(model.weights.bytes.baseAddress)
    options.thread_count = CInt(clamping: threadCount ?? 0)
    options.largest_batch = Int64(largestBatch ?? 0)
    var context: OpaquePointer?
    try RuntimeFailure.check { apus_context_create(model.tables.pointee.model, &options, &context, $0) }
    self.context = context!
    self.model = model
    roundCount = model.program.rounds(batch: Int(apus_context_largest_batch(context))).count
  }

  deinit { apus_context_destroy(context) }

  package var threadCount: Int { Int(apus_context_thread_count(context)) }

  /// The arena of the program, to look at the buffers between steps.
  package var workspace: UnsafeRawPointer { apus_context_workspace(context) }

  package var largestBatch: Int { Int(apus_context_largest_batch(context)) }

  /// Runs rounds (all if nil), numbered as those of the largest batch, on tensors in memory that the caller keeps: one
  /// pointer for each input and output.
  package func run(
    batch: Int, inputs: [UnsafePointer<Float>?], outputs: [UnsafeMutablePointer<Float>?], rounds: Range<Int>? = nil
  ) throws(RuntimeFailure) {
    precondition(inputs.count == model.program.inputs.count && outputs.count == model.program.outputs.count)
    let rounds = rounds ?? 0..<roundCount
    let status = apus_context_run_rounds(
      context, Int64(batch), inputs, outputs, UInt32(rounds.lowerBound), UInt32(rounds.upperBound))
    if status != CInt(APUS_OK.rawValue) { throw failure(status) }
  }

  /// What the runtime says of a call that failed.
  func failure(_ status: CInt) -> RuntimeFailure {
    RuntimeFailure(status: status, message: String(cString: apus_context_error(context)))
  }

  /// Runs the whole model on row-major inputs and returns its outputs.
  package func run(batch: Int, inputs: [[Float]]) throws(RuntimeFailure) -> [[Float]] {
    let program = model.program
    try checkCounts(of: inputs, batch: batch)
    let outputs = program.outputs.map { Buffer(count: $0.elementCount(batch: batch)) }
    let copies = inputs.map(Buffer.init(copying:))
    // The run sees addresses alone, which would not keep the buffers from being freed before it.
    try withExtendedLifetime((copies, outputs)) { () throws(RuntimeFailure) in
      try run(
        batch: batch, inputs: copies.map { UnsafePointer($0.elements.baseAddress) },
        outputs: outputs.map { $0.elements.baseAddress })
    }
    return outputs.map { Array($0.elements) }
  }

  private func checkCounts(of inputs: [[Float]], batch: Int) throws(RuntimeFailure) {
    let expected = model.program.inputs.map { $0.elementCount(batch: batch) }
    guard inputs.map(\.count) == expected else {
      throw RuntimeFailure(
        status: CInt(APUS_INVALID_ARGUMENT.rawValue),
        message: "the inputs have \(inputs.map(\.count)) elements; a batch of \(batch) needs \(expected)")
    }
  }
}

/// Elements whose address stays.
private final class Buffer {
  let elements: UnsafeMutableBufferPointer<Float>

  init(count: Int) {
    elements = .allocate(capacity: count)
    elements.initialize(repeating: 0)
  }

  init(copying source: [Float]) {
    elements = .allocate(capacity: source.count)
    _ = elements.initialize(from: source)
  }

  deinit { elements.deallocate() }
}

extension Program.Interface {
  /// Elements for a batch of `batch` images.
  package func elementCount(batch: Int) -> Int {
    type.shape.resolved(batch: batch).reduce(1, *)
  }
}
