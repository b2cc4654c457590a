import CRuntime

/// What executables do, just in time: the same code, messages and output. Results go to stdout, messages to stderr,
/// and the answer is an exit status, 0 or 1.
extension ExecutionContext {
  /// Prints the likeliest classes of pictures.
  package func classify(imagesAt paths: [String], topCount: Int = 5, asJSON: Bool = false) -> CInt {
    withCStrings(paths) { paths in
      var request = apus_image_request(
        paths: paths.baseAddress, path_count: Int64(paths.count), top_count: Int64(topCount), as_json: asJSON)
      return apus_run_images(model.tables, context, &request)
    }
  }

  /// Runs on .npy files, one for each input, and writes one for each output.
  package func run(arraysAt inputs: [String], to outputs: [String]) -> CInt {
    precondition(inputs.count == model.program.inputs.count && outputs.count == model.program.outputs.count)
    return withCStrings(inputs) { inputs in
      withCStrings(outputs) { apus_run_arrays(model.tables, context, inputs.baseAddress, $0.baseAddress) }
    }
  }

  /// Times runs: `repeatCount` of them, or as many as `seconds` allow.
  /// - Parameter inputs: One pointer for each of the model's inputs; nil: arbitrary numbers.
  /// - Parameter peakGigaflops: What the machine can do at the most with the context's threads, to compare with.
  package func bench(
    batch: Int, inputs: [UnsafePointer<Float>?]? = nil, repeatCount: Int? = nil, seconds: Double = 2,
    peakGigaflops: Double? = nil, asJSON: Bool = false
  ) -> CInt {
    let given = inputs ?? []
    return given.withUnsafeBufferPointer { pointers in
      var request = apus_bench_request(
        batch: Int64(batch), repeat_count: Int64(repeatCount ?? 0), seconds: seconds, as_json: asJSON,
        inputs: inputs == nil ? nil : pointers.baseAddress, peak_gflops: peakGigaflops ?? 0)
      return apus_run_bench(model.tables, context, &request)
    }
  }
}

/// Calls `body` with C strings that live as long as the call.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  let storage = TableStorage()
  let pointers = strings.map { storage.store($0) }
  return withExtendedLifetime(storage) { pointers.withUnsafeBufferPointer(body) }
}
