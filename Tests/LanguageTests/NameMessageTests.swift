import Diagnostics
import Language
import Testing

/// Each message of Messages+Names.swift, its place and its text.
struct NameMessageTests {
  static let files: [DiagnosticSample] = [
    .init("import ‹\"gone.apus\"›", "cannot read 'gone.apus': no such file or directory"),
    .init(
      "block B(x) { return x }\nblock ‹B›(x) { return x }", "'B' is declared twice"),
  ]

  static let declarations: [DiagnosticSample] = [
    .init(
      "block B(x) {\n  y = relu(x)\n  ‹y› = relu(x)\n  return y\n}",
      "'y' already has a value, and values do not change; choose another name"),
    .init(
      "block B(x) {\n  ‹x› = relu(x)\n  return x\n}",
      "'x' already has a value, and values do not change; choose another name"),
    .init(
      "block B(x, ‹x›: Int) { return x }", "'x' already has a value, and values do not change; choose another name"),
    .init("block ‹stack›(x) { return x }", "'stack' has a meaning of its own; choose another name"),
    .init("block B(x, ‹N›: Int) { return x }", "'N' has a meaning of its own; choose another name"),
    .init(
      "block B(x: ‹f32[N, 3]›) { return x }",
      "the shape of a block's tensor comes from its call; write 'x' alone, and read 'x.channels'"),
    .init(
      "network ‹A›(n: Int) { return relu(n) }",
      "'A' has no input; give it one such as 'image: f32[N, 3, 224, 224]'"),
    .init(
      "network Abc(x: f32[N, 3]) { return relu(x) }\nnetwork B = ‹Abd›()",
      "there is no network 'Abd'; did you mean 'Abc'?"),
    .init(
      "network A = ‹B›\nnetwork B = ‹A›", "'A' is made from itself, or from no network in the end",
      "'B' is made from itself, or from no network in the end"),
    .init(
      "network A(x: f32[N, 3], n: Int = 1) { return relu(x) }\nnetwork B = A(‹2›)",
      "these arguments set parameters by name; write 'name: value'"),
    .init(
      "network A(x: f32[N, 3], count: Int = 1) { return relu(x) }\nnetwork B = A(‹cuont›: 2)",
      "'A' has no parameter 'cuont' to set; did you mean 'count'?"),
    .init(
      "network A(x: f32[N, 3], count: Int = 1) { return relu(x) }\nnetwork B = A(‹x›: 2)",
      "'A' has no parameter 'x' to set; it has count"),
    .init("block B(x = ‹1›) { return x }", "'x' is a tensor and cannot have a default"),
    .init(
      "block B(x, ‹a›: Int = b, b: Int = a + 1) { return x }",
      "the default of 'a' depends on itself; give one of the parameters a value"),
    .init(
      "network A(x: f32[N, ‹sise›], size: Int = 1) { return relu(x) }",
      "unknown size 'sise'; a size is N, a number, or a parameter of the network; did you mean 'size'?"),
    .init(
      "labels Names = [\"a\"]\nnetwork A(x: f32[N, 1]) using ‹Name› { return relu(x) }",
      "there is no preprocessing, labels or recipe 'Name'; did you mean 'Names'?"),
    .init(
      "labels Names = [\"a\"]\nnetwork A(x: f32[N, 1]) using Names(‹a: 1›) { return relu(x) }",
      "only a preprocessing takes arguments; 'Names' is none"),
    .init(
      "preprocessing P { ‹men› = 1 }",
      "preprocessing has no 'men'; it has resize, crop, scale, mean, std, channels; did you mean 'mean'?"),
    .init(
      "block A(x) { return B(x) }\nblock B(x) { return ‹A›(x) }",
      "'A' is used inside itself, and would never end; repeat blocks with 'stack'"),
    .init(
      "block A(x) { return x |> ‹A› }", "'A' is used inside itself, and would never end; repeat blocks with 'stack'"),
  ]

  static let uses: [DiagnosticSample] = [
    .init("block B(width) { return relu(‹widht›) }", "unknown value 'widht'; did you mean 'width'?"),
    .init("block B(x) {\n  y = relu(‹z›)\n  z = relu(y)\n  return z\n}", "'z' is used before it has a value"),
    .init("block B(x) { return ‹rellu›(x) }", "unknown function or block 'rellu'; did you mean 'relu'?"),
    .init(
      "block B(x) { return ‹AdaptiveAvgPool2d›(x) }",
      "unknown function or block 'AdaptiveAvgPool2d'; did you mean 'adaptiveAveragePool'?"),
    .init(
      "block B(x) { return ‹avg_pool2d›(x) }",
      "unknown function or block 'avg_pool2d'; did you mean 'averagePool'?"),
    .init("block B(x) { return ‹Conv2d›(x) }", "unknown function or block 'Conv2d'; did you mean 'conv'?"),
    .init("block B(x) { return ‹gelu›(x) }", "unknown function or block 'gelu'"),
    .init("block B(x) {\n  ‹y› = relu(x)\n  return x\n}", "'y' is never used"),
    .init("block B(x) { return if x.rank == 4 { ‹y› = relu(x); x } else { x } }", "'y' is never used"),
    .init("block B(x, n: Bool = ‹True›) { return x }", "unknown value 'True'; did you mean 'true'?"),
    .init("block B(x) { return ‹relu› }", "'relu' is a function; call it, as in 'relu(x)'"),
    .init("block B(x) { return x |> ‹x› }", "'x' is a value, not a function or block"),
    .init(
      "network A(x: f32[N, 3]) { return relu(x) }\nblock B(x) { return ‹A›(x) }",
      "'A' is a network and cannot be used inside another; make it a block"),
    .init(
      "block B(x) { return conv(x, ‹N›, kernel: 1) }",
      "N, the batch size, is known only when the network runs; it stands in the shape of an input"),
    .init("block B(x) { return relu(‹\"x\"›) }", "text stands only in imports, labels and recipes"),
    .init(
      "block B(x) { return ‹if x.channels == 1 { x }› }",
      "this 'if' needs an 'else'; only 'if training' can do without"),
  ]

  static let calls: [DiagnosticSample] = [
    .init(
      "block B(x) { c = conv(x, 8, ‹kernal›: 3, kernel: 1)\n return c }",
      "'conv' has no parameter 'kernal'; did you mean 'kernel'?"),
    .init(
      "block B(x) { return maxPool(x, ‹window›: 3) }",
      "'maxPool' has no parameter 'window'; it has x, kernel, stride, padding, ceil"),
    .init("block B(x) { return relu(x, ‹x›) }", "'relu' takes 1 argument; this is one too many"),
    .init(
      "block K() { return 1 }\nblock B(x) { return x |> ‹K› }", "'K' takes 0 arguments; this is one too many"),
    .init(
      "block B(x) { c = x |> ‹conv›\n return c }",
      "'conv' needs 'channels' (Int) and 'kernel:' (Int or a list of two Ints)"),
    .init("block B(x) { return x |> relu(‹x: x›) }", "'x' is given twice"),
    .init("block B(x) { c = conv(x, 8, ‹3›)\n return c }", "'conv' takes this argument by name: 'kernel:'"),
    .init("block B(x) { c = conv(x, 8, kernel: 3, ‹kernel: 1›)\n return c }", "'kernel' is given twice"),
    .init(
      "block B(x) { c = ‹conv›(x)\n return c }",
      "'conv' needs 'channels' (Int) and 'kernel:' (Int or a list of two Ints)"),
    .init(
      "block B(x) { return relu(x) ‹{ i, x in x }› }",
      "'relu' takes no braces; only 'stack' repeats what stands in them"),
    .init(
      "block B(x) { return ‹stack›(2) { i, x in x } }",
      "write a stack as 'stack(count, x) { i, x in … }', or after '|>' as 'stack(count) { i, x in … }'"),
    .init(
      "block B(x) { return stack(2, x) { ‹i› in x } }",
      "a stack gives its braces two values: the index of the block and its input, '{ i, x in … }'"),
  ]

  @Test(arguments: files + declarations + uses + calls) func message(_ sample: DiagnosticSample) { sample.check() }

  // MARK: Across files

  @Test func importsCannotGoInACircle() {
    let found = load("import \"a.apus\"", files: ["a.apus": "import \"./main.apus\""]).check()
    #expect(
      found.map(\.message) == [
        "'main.apus' imports this file, directly or through others; imports cannot go in a circle"
      ])
    #expect(found.first?.range?.file.path == "a.apus")
  }

  @Test func importsHaveALimit() {
    var files: [String: String] = [:]
    for index in 0..<200 { files["f\(index).apus"] = "import \"f\(index + 1).apus\"" }
    #expect(load("import \"f0.apus\"", files: files).check().map(\.message) == ["more than 100 files are imported"])
  }

  @Test func aNameFromTwoImportsIsAmbiguous() {
    let block = "block B(x) { return x }"
    let found = load(
      "import \"a.apus\"\nimport \"b.apus\"", files: ["a.apus": block, "b.apus": block]
    ).check()
    #expect(found.map(\.message) == ["'B' comes from two files that 'main.apus' imports"])
    #expect(found.first?.range?.file.path == "b.apus")
    #expect(found.first?.notes.first?.range?.file.path == "a.apus")
  }

  // MARK: Notes and fix-its

  @Test func aFixItReplacesAMistypedName() {
    let found = load("block B(x) { return rellu(x) }").check()
    #expect(
      render(found) == """
        main.apus:1:21: error: unknown function or block 'rellu'; did you mean 'relu'?
         1 | block B(x) { return rellu(x) }
           |                     ^~~~~
           |                     relu
        fix: replace with 'relu'

        """)
  }

  @Test func aNoteShowsTheDeclaration() {
    let found = load("block B(x, width: Int) { return x }\nblock C(x) { return B(x, widht: 3) }").check()
    #expect(
      render(found) == """
        main.apus:2:26: error: 'B' has no parameter 'widht'; did you mean 'width'?
         2 | block C(x) { return B(x, widht: 3) }
           |                          ^~~~~
           |                          width
        fix: replace with 'width'
        main.apus:1:7: note: 'B' is declared here
         1 | block B(x, width: Int) { return x }
           |       ^

        """)
  }

  @Test func aFixItInsertsAMissingLabel() {
    let fixIt = load("block B(x) { c = conv(x, 8, 3)\n return c }").check().first?.fixIts.first
    #expect(fixIt?.replacement == "kernel: ")
    #expect(fixIt?.range.bytes == 28..<28)
  }
}
