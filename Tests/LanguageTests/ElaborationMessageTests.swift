import Diagnostics
import Language
import Testing

/// Each message of Messages+Elaboration.swift, its place and its text.
struct ElaborationMessageTests {
  /// A network around a body whose input is `x`, of 4 channels and 8x8.
  static func network(_ body: String, _ messages: String..., parameters: String = "") -> DiagnosticSample {
    var sample = DiagnosticSample(
      "network A(x: f32[N, 4, 8, 8]\(parameters)) {\n  \(body)\n}")
    sample.messages = messages
    return sample
  }

  static let values: [DiagnosticSample] = [
    network("y = if ‹1› { x } else { x }\n  return y", "expected Bool, found Int"),
    network("y = if not ‹1› { x } else { x }\n  return y", "expected Bool, found Int"),
    network("y = [1][‹true›]\n  return x", "expected Int, found Bool"),
    network("y = ‹n›[0]\n  return x", "expected a list, found Int", parameters: ", n: Int = 1"),
    network("y = ‹-true›\n  return x", "expected a number, found Bool"),
    network("return stack(‹1.5›, x) { i, x in x }", "expected Int, found Float"),
    network("y = [1, ‹x›]\n  return x", "a list holds numbers or Bools, not a tensor f32[N, 4, 8, 8]"),
    network("y = ‹1 / x›\n  return x", "'/' does not take Int and a tensor f32[N, 4, 8, 8]"),
    network("y = ‹x < 1›\n  return x", "'<' does not take a tensor f32[N, 4, 8, 8] and Int"),
    network("y = ‹x / 0›\n  return x", "division by zero"),
    network("y = ‹true < 1›\n  return x", "'<' does not take Bool and Int"),
    network("y = ‹true < true›\n  return x", "'<' does not take Bool and Bool"),
    network("y = ‹1 and 2›\n  return x", "'and' does not take Int and Int"),
    network("y = ‹1.5 % 2›\n  return x", "'%' does not take Float and Float"),
    network("y = ‹9223372036854775807 + 1›\n  return x", "the result does not fit an Int of 64 bits"),
    network("y = ‹(-9223372036854775807 - 1) / -1›\n  return x", "the result does not fit an Int of 64 bits"),
    network("y = ‹-(-9223372036854775807 - 1)›\n  return x", "the result does not fit an Int of 64 bits"),
    network("y = ‹1e308 * 10›\n  return x", "the result is no finite number"),
    network("y = ‹1 / 0›\n  return x", "division by zero"),
    network("y = ‹1 % 0›\n  return x", "division by zero"),
    network("y = ‹1.0 / 0›\n  return x", "division by zero"),
    network("y = [1, 2][‹2›]\n  return x", "index 2 is outside the list, which has 2 elements"),
    network("y = [1, 2][‹-1›]\n  return x", "index -1 is outside the list, which has 2 elements"),
    network(
      "y = x.‹chanels›\n  return x",
      "a tensor has no 'chanels'; it has channels, height, width, features, rank; did you mean 'channels'?"),
    network("y = [1].‹size›\n  return x", "a list has no 'size'; it has count"),
    network("y = n.‹count›\n  return x", "Int has no 'count'", parameters: ", n: Int = 1"),
    network("y = x.‹features›\n  return x", "a tensor f32[N, 4, 8, 8] has no 'features'"),
    network(
      "return x |> ‹1›",
      "expected a stage: a function's name, a call without its first argument, or an 'if' over stages"),
    network("return stack(‹-1›, x) { i, x in x }", "a stack has 0 to 10000 blocks, not -1"),
    network("return stack(‹1000000000›, x) { i, x in relu(x) }", "a stack has 0 to 10000 blocks, not 1000000000"),
    DiagnosticSample(
      "block B(x, f: Block) { return f(x) }\nnetwork A(x: f32[N, 4]) { return B(x, ‹1›) }",
      "expected a block: its name, or a call without its first argument"),
    network(
      "y = if training { relu(x) }\n  return relu(‹y›)",
      "this value exists only in training; use it under 'if training', or return it as an output of training"),
    network(
      "y = if training { relu(x) }\n  return ‹y› + x",
      "this value exists only in training; use it under 'if training', or return it as an output of training"),
  ]

  static let arguments: [DiagnosticSample] = [
    network("c = conv(x, ‹1.5›, kernel: 1)\n  return c", "'channels' of 'conv' is Int, not Float"),
    network(
      "c = conv(x, 8, kernel: ‹[1, 2, 3]›)\n  return c", "'kernel' of 'conv' is Int or a list of two Ints, not [Int]"),
    DiagnosticSample(
      "block K() { return 1 }\nblock B(x, f: Block) { return x |> ‹f› }\n"
        + "network A(x: f32[N, 4]) { return B(x, K) }",
      "'K' takes 0 arguments; this is one too many"),
    network("return relu(‹1›)", "'x' of 'relu' is a tensor, not Int"),
    network("return x", "'n' is Int, not Float", parameters: ", n: Int = ‹1.5›"),
    DiagnosticSample(
      "network A(x: f32[N, 3], ‹y›) { return relu(x) }", "an input needs its shape, such as 'y: f32[N, 3, 224, 224]'"),
    DiagnosticSample("network A(x: ‹f64›[N, 3]) { return x }", "inputs are f32, not 'f64'"),
    DiagnosticSample("network A(x: f32[‹1›, 3]) { return x }", "the first size of an input is the batch; write 'N'"),
    DiagnosticSample("network A(x: f32[N, ‹N›]) { return x }", "only the first size of an input is N"),
    DiagnosticSample("network A(x: f32[N, ‹1.5›]) { return x }", "expected Int, found Float"),
    DiagnosticSample("network A(x: ‹f32[N, 0]›) { return x }", "a dimension is at least 1; got f32[N, 0]"),
    network("return ‹1›", "a network returns tensors, not Int"),
    network(
      "return ‹if training { relu(x) }›", "the network has outputs in training only; return one that exists without it"),
  ]

  static let names: [DiagnosticSample] = [
    network(
      "return ‹conv(x, 8, kernel: 1)›",
      "the parameters of 'conv' have no name here; bind it, as in 'fc = …', and return the binding"),
    network(
      "return ‹x |> conv(8, kernel: 1)›",
      "the parameters of 'the pipeline' have no name here; bind it, as in 'fc = …', and return the binding"),
    DiagnosticSample(
      "block B(x) { return ‹conv(x, 8, kernel: 1)› }\nnetwork A(x: f32[N, 4, 8, 8]) {\n  b = B(x)\n  return b\n}",
      "the parameters of 'conv' have no name here; bind it, as in 'fc = …', and return the binding"),
    network(
      "c = ‹batchNorm(conv(x, 8, kernel: 1))›\n  return c",
      "'c' would name the parameters of two calls; bind one of them to a name of its own"),
    DiagnosticSample(
      """
      block B(x) {
        c = conv(x, 4, kernel: 1)
        return c
      }
      network A(x: f32[N, 4, 8, 8]) {
        b = B(x) + ‹B(x)›
        return b
      }
      """,
      "'b' would name the parameters of two calls; bind one of them to a name of its own"),
    DiagnosticSample(
      """
      block B(x) {
        c = ‹conv(x, 4, kernel: 1)›
        return c
      }
      block W(x) {
        c = conv(x, 4, kernel: 1)
        return B(c)
      }
      network A(x: f32[N, 4, 8, 8]) {
        w = W(x)
        return w
      }
      """,
      "there is already a parameter 'w.c.weight'; bind the call to another name"),
  ]

  static let operations: [DiagnosticSample] = [
    network(
      "c = conv(‹globalAveragePool(x)›, 8, kernel: 1)\n  return c",
      "conv needs an input of rank 4, [N, C, H, W]; got f32[N, 4]"),
    network(
      "p = maxPool(x, kernel: 2)\n  y = x + ‹p›\n  return y",
      "add needs two tensors of the same shape; got f32[N, 4, 8, 8] and f32[N, 4, 4, 4]"),
  ]

  static let companions: [DiagnosticSample] = [
    DiagnosticSample(
      "labels L = [\"a\", \"b\"]\nnetwork A(x: f32[N, 3]) using ‹L› { return relu(x) }",
      "'L' has 2 labels, and the output 'output' is f32[N, 3]"),
    DiagnosticSample(
      "labels L = ‹\"gone.txt\"›\nnetwork A(x: f32[N, 3]) using L { return relu(x) }",
      "cannot read 'gone.txt': no such file or directory"),
    preprocessing("resize = ‹0›", "'resize' is the shorter side in pixels, or [rows, columns]"),
    preprocessing("crop = ‹[1]›", "'crop' is the side in pixels, or [rows, columns]"),
    preprocessing(
      "scale = ‹1 / 255›", "'scale' is a number other than 0 (1 / 255 of integers is 0; write 1.0 / 255)"),
    preprocessing("mean = ‹true›", "'mean' is a number, or a list of one a channel"),
    preprocessing("std = ‹[0.5, 0.0]›", "'std' is a positive number, or a list of one a channel"),
    preprocessing("channels = ‹rbg›", "'channels' is rgb, bgr or gray"),
    companion("channels = gray", "'P' makes 1 channel, and the input 'x' is f32[N, 3, 8, 8]"),
    companion("mean = [1, 2]", "'P' needs one mean and std, or 3, one a channel"),
    companion("crop = [8, 9]", "'P' makes 8 x 9 pixels, and the input 'x' is f32[N, 3, 8, 8]"),
    companion("resize = 8", "'P' resizes the shorter side only, so it needs a 'crop' too"),
    DiagnosticSample(
      """
      preprocessing P(size: Int) { crop = size }
      network A(x: f32[N, 3, 8, 8]) using P(‹size: 8.5›) { return relu(x) }
      """,
      "'size' is Int, not Float"),
    DiagnosticSample(
      """
      preprocessing P(‹size›: Int) { crop = size }
      network A(x: f32[N, 3, 8, 8]) using P { return relu(x) }
      """,
      "'P' needs a value of 'size'; set it with '--set size=…' or give it a default"),
  ]

  /// A preprocessing of one entry, used by a network whose input is 3 channels of 8x8.
  static func preprocessing(_ entry: String, _ message: String) -> DiagnosticSample {
    DiagnosticSample(
      "preprocessing P { \(entry) }\nnetwork A(x: f32[N, 3, 8, 8]) using P { return relu(x) }", message)
  }

  /// The same, with the message at the preprocessing's name after `using`.
  static func companion(_ entry: String, _ message: String) -> DiagnosticSample {
    DiagnosticSample(
      "preprocessing P { \(entry) }\nnetwork A(x: f32[N, 3, 8, 8]) using ‹P› { return relu(x) }", message)
  }

  @Test(arguments: values + arguments + names + operations + companions)
  func message(_ sample: DiagnosticSample) { sample.check() }

  // MARK: Notes

  /// Where shapes come from, and by which path of blocks.
  @Test func notesSayWhereAShapeComesFrom() {
    let found = load(
      """
      block B(x, stride: Int) {
        conv1 = conv(x, 4, kernel: 1, stride: stride)
        return relu(conv1 + x)
      }
      network A(image: f32[N, 4, 8, 8]) {
        layer1 = stack(2, image) { i, x in B(x, stride: i + 1) }
        return layer1
      }
      """
    ).check()
    #expect(
      render(found) == """
        main.apus:3:23: error: add needs two tensors of the same shape; got f32[N, 4, 4, 4] and f32[N, 4, 8, 8]
         3 |   return relu(conv1 + x)
           |                       ^
        main.apus:2:11: note: the f32[N, 4, 4, 4] comes from here, under 'layer1.1.conv1'
         2 |   conv1 = conv(x, 4, kernel: 1, stride: stride)
           |           ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        main.apus:3:10: note: the f32[N, 4, 8, 8] comes from here, under 'layer1.0'
         3 |   return relu(conv1 + x)
           |          ^~~~~~~~~~~~~~~
        main.apus:6:38: note: in 'B', called here as 'layer1.1'
         6 |   layer1 = stack(2, image) { i, x in B(x, stride: i + 1) }
           |                                      ^~~~~~~~~~~~~~~~~~~

        """)
  }

  @Test func anInputIsNamed() {
    let found = load("network A(image: f32[N, 4]) {\n  c = conv(image, 4, kernel: 1)\n  return c\n}").check()
    #expect(found.first?.notes.map(\.message) == ["the input 'image' is f32[N, 4]"])
  }

  // MARK: Limits

  static let limits: [(String, String)] = [
    (
      "return stack(1000, x) { i, x in stack(1000, x) { j, x in stack(1000, x) { k, x in x } } }",
      "the network takes more than 300000 steps to build"
    ),
    (
      "return stack(10000, x) { i, x in relu(relu(relu(relu(relu(relu(x)))))) }",
      "the network has more than 50000 operations"
    ),
  ]

  @Test(arguments: limits) func sizeIsLimited(_ body: String, _ message: String) {
    let found = load("network A(x: f32[N, 4, 8, 8]) {\n  \(body)\n}").check()
    #expect(found.map(\.message) == [message])
  }

  /// A block that calls itself through a parameter, which only evaluation can see.
  @Test func recursionThroughParametersEnds() {
    let found = load(
      """
      block B(x, f: Block) { return f(x, f: f) }
      network A(x: f32[N, 4]) { return B(x, f: B) }
      """
    ).check()
    #expect(found.map(\.message) == ["blocks call each other more than 60 deep; does 'B' use itself?"])
  }

  @Test func evaluationDepthIsLimited() {
    // Each of 50 blocks nests eight expressions before it calls the next.
    var source = "block B50(x) { return x }\n"
    for index in 0..<50 {
      source += "block B\(index)(x) { return relu(relu(relu(relu(relu(relu(relu(B\(index + 1)(x)))))))) }\n"
    }
    let found = load(source + "network A(x: f32[N, 4]) { return B0(x) }").check()
    #expect(
      found.map(\.message) == ["calls and expressions nest too deeply here (more than 250 levels)"])
  }

  @Test func aCheckOfManyLargeNetworksSaysWhereItStops() {
    var source = "network A0(x: f32[N, 4]) { return stack(9000, x) { i, x in relu(relu(relu(relu(x)))) } }\n"
    for index in 1...20 { source += "network A\(index) = A0\n" }
    let found = load(source).check()
    #expect(found.count == 1 && found.first?.severity == .warning)
    #expect(found.first?.message.contains("were not checked, so ask for them by --network") == true)
  }

  // MARK: Choosing a network

  @Test(
    arguments: [
      ("network Abc(x: f32[N, 1]) { return relu(x) }", "Abd", "'main.apus' has no network 'Abd'; did you mean 'Abc'?"),
      ("network Abc(x: f32[N, 1]) { return relu(x) }", "Xyz", "'main.apus' has no network 'Xyz'; it has Abc"),
      (
        "network A(x: f32[N, 1]) { return relu(x) }\nnetwork B = A", nil,
        "'main.apus' has several networks; choose one with --network: A, B"
      ),
      ("block B(x) { return x }", nil, "'main.apus' has no network"),
      (
        "network A(x: f32[N, 1], n: Int) { return relu(x) }", nil,
        "'A' needs a value of 'n'; set it with '--set n=…' or give it a default"
      ),
    ] as [(String, String?, String)])
  func networkIsChosen(_ source: String, _ name: String?, _ message: String) {
    let (network, found) = load(source).elaborate(name)
    #expect(network == nil)
    #expect(found.map(\.message) == [message])
  }
}
