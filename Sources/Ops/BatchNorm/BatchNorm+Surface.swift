import GraphIR
import Tensors

extension BatchNorm {
  package static let surface = Surface(
    "batchNorm",
    "Batch normalisation of each channel, with the parameters `weight`, `bias`, `running_mean` and `running_var`.",
    parameters: [
      .input,
      Surface.Parameter("epsilon", .float, default: .float(defaultEpsilon), "Added to the variance."),
      Surface.Parameter(
        "momentum", .float, default: .float(defaultMomentum), "The share of a new batch in the running statistics."),
    ],
    isParametrised: true
  ) { (call) throws(OpError) in
    let batchNorm = BatchNorm(epsilon: call.float("epsilon"), momentum: call.float("momentum"))
    let channels: Shape = [.fixed(try call.type("x").channelCount(of: Self.self))]
    return try call.append(
      batchNorm,
      [
        call.tensor("x"),
        call.parameter("weight", channels, .constant(1)),
        call.parameter("bias", channels, .zeros),
        call.parameter("running_mean", channels, .zeros, role: .statistic),
        call.parameter("running_var", channels, .constant(1), role: .statistic),
      ])
  }
}
