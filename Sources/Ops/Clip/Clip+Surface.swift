import GraphIR

extension Clip {
  package static let surface = Surface(
    "clip", "min(max(x, low), high).",
    parameters: [
      .input,
      Surface.Parameter("low", .float, "The least result."),
      Surface.Parameter("high", .float, "The greatest result."),
    ]
  ) { (call) throws(OpError) in
    try call.append(Clip(low: call.float("low"), high: call.float("high")), [call.tensor("x")])
  }

  package static let relu6Surface = Surface(
    "relu6", "Rectified linear unit that saturates at 6.", parameters: [.input]
  ) { (call) throws(OpError) in
    try call.append(Clip(low: 0, high: 6), [call.tensor("x")])
  }
}
