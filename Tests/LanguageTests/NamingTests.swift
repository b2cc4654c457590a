import GraphIR
import Language
import Testing

/// The rules that name parameters: docs/language.md, "Names of parameters".
struct NamingTests {
  /// The names of the parameters that a body makes, in a network whose input `x` has 4 channels of 8x8. `C` is a
  /// block with a convolution `conv`, `P` returns a pipeline, `W` returns a call of `C`.
  private func names(_ body: String) throws -> [String] {
    let module = load(
      """
      block C(x) {
        conv = conv(x, 4, kernel: 1)
        return relu(conv)
      }
      block P(x) { return x |> relu |> conv(4, kernel: 1) }
      block W(x) { return C(x) }
      network A(x: f32[N, 4, 8, 8]) {
        \(body)
      }
      """)
    let (network, diagnostics) = module.elaborate()
    return try #require(network, "\(render(module.diagnostics + diagnostics))").graph.parameters.map(\.name)
  }

  @Test(arguments: [
    ("a = conv(x, 4, kernel: 1)\n return a", ["a.weight"]),
    ("a = relu(conv(relu(x), 4, kernel: 1, bias: true))\n return a", ["a.weight", "a.bias"]),
    ("conv = conv(x, 4, kernel: 1)\n return conv", ["conv.weight"]),
    ("a = C(x)\n return a", ["a.conv.weight"]),
    ("return C(x)", ["conv.weight"]),
    ("a = W(x)\n return a", ["a.conv.weight"]),
    ("a = P(x)\n return a", ["a.1.weight"]),
    ("a = stack(2, x) { i, x in C(x) }\n return a", ["a.0.conv.weight", "a.1.conv.weight"]),
    ("a = stack(2, x) { i, x in conv(x, 4, kernel: 1) }\n return a", ["a.0.weight", "a.1.weight"]),
    ("a = stack(1, x) { i, x in b = C(x); relu(b) }\n return a", ["a.0.b.conv.weight"]),
    ("a = x |> conv(4, kernel: 1) |> relu |> conv(4, kernel: 1)\n return a", ["a.0.weight", "a.2.weight"]),
    ("a = relu(x) |> identity |> conv(4, kernel: 1)\n return a", ["a.1.weight"]),
    (
      "a = x |> C |> stack(2) { i, x in C(x) }\n return a",
      ["a.0.conv.weight", "a.1.0.conv.weight", "a.1.1.conv.weight"]
    ),
    ("a = x |> (conv(4, kernel: 1) |> relu) |> C\n return a", ["a.0.0.weight", "a.1.conv.weight"]),
    (
      "a = x |> if x.channels == 4 { conv(4, kernel: 1) } else { identity } |> conv(4, kernel: 1)\n return a",
      ["a.0.weight", "a.1.weight"]
    ),
    ("a = if x.channels == 4 { conv(x, 4, kernel: 1) } else { x }\n return a", ["a.weight"]),
    ("a = if x.channels == 5 { x } else if true { (x |> conv(4, kernel: 1)) } else { x }\n return a", ["a.0.weight"]),
    ("a = if true { b = C(x)\n c = C(b)\n c } else { x }\n return a", ["a.b.conv.weight", "a.c.conv.weight"]),
    ("a = stack(0, x) { i, x in C(x) }\n return relu(a)", []),
  ])
  func parametersAreNamedByBindings(_ body: String, _ expected: [String]) throws {
    #expect(try names(body) == expected)
  }

  @Test func nodesAreNamedByBindingsToo() throws {
    let (network, _) = load(
      "network A(x: f32[N, 4, 8, 8]) {\n a = stack(1, x) { i, x in y = relu(x); relu(y) }\n return a\n}"
    ).elaborate()
    #expect(try #require(network).graph.nodes.map(\.name) == ["a.0.y", "a.0"])
  }
}
