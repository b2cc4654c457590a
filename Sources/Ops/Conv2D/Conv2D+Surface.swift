import GraphIR
import Tensors

extension Conv2D {
  package static let surface = Surface(
    "conv", "Convolution over rows and columns, with the parameters `weight` and, if asked for, `bias`.",
    parameters: [
      .input,
      Surface.Parameter("channels", .int, labelled: false, "How many output channels."),
      Surface.Parameter("kernel", .pair, "Size of the kernel: one number, or [rows, columns]."),
      Surface.Parameter("stride", .pair, default: .int(1), "Step from one window to the next."),
      Surface.Parameter("padding", .pair, default: .int(0), "Zeros added on each side."),
      Surface.Parameter("dilation", .pair, default: .int(1), "Distance between the kernel's taps."),
      Surface.Parameter("groups", .int, default: .int(1), "Independent slices of the channels."),
      Surface.Parameter("bias", .bool, default: .bool(false), "Whether a trained bias is added to each channel."),
    ],
    isParametrised: true,
    build: build)

  private static func build(_ call: inout SurfaceCall) throws(OpError) -> ValueID {
    let conv = Conv2D(
      stride: Extent2D(call.pair("stride")), padding: Padding2D(symmetric: call.pair("padding")),
      dilation: Extent2D(call.pair("dilation")), groups: call.int("groups"), hasBias: call.bool("bias"))
    let input = try FeatureMaps(call.type("x"), of: Self.self)
    let (channels, kernel) = (call.int("channels"), Extent2D(call.pair("kernel")))
    try kernel.check("kernel", of: Self.self, constraint: "C2")
    guard (1...SizeLimit.extent).contains(channels) else {
      throw OpError("conv needs 1 to 2^28 output channels; got \(channels)", constraint: "C2")
    }
    try conv.checkAttributes(inputChannels: input.channels, outputChannels: channels)

    let filter: Shape = [
      .fixed(channels), .fixed(input.channels / conv.groups), .fixed(kernel.rows), .fixed(kernel.columns),
    ]
    try TensorType(.f32, filter).checkSize()
    let fanOut = channels * kernel.rows * kernel.columns
    var operands = [call.tensor("x"), call.parameter("weight", filter, .heNormal(fan: fanOut))]
    if conv.hasBias { operands.append(call.parameter("bias", [.fixed(channels)], .zeros)) }
    return try call.append(conv, operands)
  }
}
