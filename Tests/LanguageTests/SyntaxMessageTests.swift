import Language
import Testing

/// Each message of Messages+Syntax.swift, its place and its text.
struct SyntaxMessageTests {
  static let samples: [DiagnosticSample] = [
    .init(
      "block B(x) {\n  return x ‹é› \n}", "unexpected 'é' character; names are made of ASCII letters, digits and '_'"),
    .init(
      "block B(x) {\n  return x ‹\u{1}› \n}",
      "unexpected control character; names are made of ASCII letters, digits and '_'"),
    .init("block B(x, n: Bool = ‹!›true) { return x }", "unexpected '!' character; write 'not'"),
    .init("block B(x) { return x } ‹#›", "unexpected '#' character; comments begin with '//'"),
    .init("labels L = [\"a\"] ‹'›", "unexpected ''' character; text stands in double quotes"),
    .init("block B(x, n: Bool = true ‹&› or false) { return x }", "unexpected '&' character; write 'and'"),
    .init("block B(x, n: Bool = true ‹|› and false) { return x }", "unexpected '|' character; write 'or'"),
    .init("block B(x) { c = conv(x, 8, kernel ‹=› 3)\n return c }", "arguments are given as 'kernel: value'"),
    .init("block B(x, n: Int = ‹1x›) { return x }", "'1x' is neither a number nor a name"),
    .init(
      "block B(x, n: Int = ‹99999999999999999999›) { return x }", "the number 99999999999999999999 is too large"),
    .init("block B(x, n: Float = ‹1e999›) { return x }", "the number 1e999 is too large"),
    .init("labels L = ‹\"a›", "this text has no closing '\"' on its line"),
    .init(#"labels L = [‹"a\q"›]"#, #"unknown escape in text; there are \n, \t, \" and \\"#),
    .init("block B(x) {\n  y = ‹*›\n  return y\n}", "expected an expression, found '*'"),
    .init("block ‹=›", "expected the block's name, found '='"),
    .init("block B(x) { return relu(x‹}›", "expected ')', found '}'"),
    .init("block B(x) { return x‹›", "expected '}', found the end of the file"),
    .init(
      "‹blok› B(x) { return x }",
      "expected import, block, network, preprocessing, labels or recipe, found 'blok'; did you mean 'block'?"),
    .init("‹12›", "expected import, block, network, preprocessing, labels or recipe, found the number 12"),
    .init("block B(x, n: Int = 1 < 2 ‹<› 3) { return x }", "comparisons do not chain; join two with 'and'"),
    .init(
      "block B(x, n: ‹Integer›) { return x }",
      "unknown type 'Integer'; there are Int, Float, Bool, Block, [Int], [Float], [Bool], Tensor and f32[N, …]"),
    .init(
      "block B(x, n: ‹Imt›) { return x }",
      "unknown type 'Imt'; there are Int, Float, Bool, Block, [Int], [Float], [Bool], Tensor and f32[N, …]; "
        + "did you mean 'Int'?"),
    .init("block ‹B›(x) { y = relu(x) }", "'B' returns nothing; end its body with 'return'"),
    .init(
      "block B(x) { return if true { y = relu(x) }‹› else { x } }",
      "these braces have no value; end them with an expression"),
    .init(
      "block B(x) { return if true { ‹return› x } else { x } }",
      "only a block or a network returns; the value of these braces is their last expression"),
    .init("block B(x) {\n  return x\n  ‹y› = x\n}", "nothing can follow the value of a body"),
    .init("block B(x) { return x, ‹relu(x)› }", "a block returns one value; only networks have several outputs"),
    .init(
      "network A(x: f32[N, 3]) -> a, b { return ‹x› }", "the network declares 2 outputs and returns 1"),
    .init("block B(x) { y = x ‹z› = x\n return x }", "expected a new line or ';', found 'z'"),
    .init("block B(x) {\n  ‹relu›(x)\n  return x\n}", "expected 'name = value' or 'return', found 'relu'"),
    .init("recipe R {\n  ‹relu›(x)\n}", "expected 'key = value', found 'relu'"),
  ]

  @Test(arguments: samples) func message(_ sample: DiagnosticSample) { sample.check() }

  @Test func nestingHasALimit() {
    let depth = Limits.nestingDepth * 2
    let source =
      "block B(x, n: Int = " + String(repeating: "(", count: depth) + "1" + String(repeating: ")", count: depth)
    #expect(
      load(source).check().first?.message == "this nests too deeply (more than 100 levels); name parts of it")
  }

  @Test func longChainsHaveALimitToo() {
    let source =
      "block B(x, n: Int = 1" + String(repeating: " + 1", count: 100_000) + ") { return x }"
    #expect(
      load(source).check().first?.message == "this nests too deeply (more than 100 levels); name parts of it")
  }

  @Test func parametersHaveALimit() {
    let source = "block B(x" + (0..<300).map { ", a\($0): Int = 1" }.joined() + ") { return x }"
    #expect(load(source).check().map(\.message) == ["more than 200 parameters; give related ones as a list"])
  }

  @Test func declarationsHaveALimit() {
    let source = (0..<1200).map { "block B\($0)(x) { return x }\n" }.joined()
    #expect(
      load(source).check().map(\.message) == [
        "more than 1000 declarations; put some in a file of their own and import it"
      ])
  }

  @Test func invalidUTF8IsPointedAt() {
    let module = Module.load(path: "main.apus") { path, limit in Array("block B".utf8) + [0xC3, 0x28] }
    let found = module.check()
    #expect(found.map(\.message) == ["this byte is not valid UTF-8; save the file as UTF-8 text"])
    #expect(found.first?.range?.bytes == 7..<8)
  }

  /// One broken statement hides neither the next nor the next declaration.
  @Test func allErrorsOfAFileAreToldAtOnce() {
    let sample = DiagnosticSample(
      """
      block A(x) {
        a = conv(x, ‹)›
        b = relu(a) ‹+›
        c = ‹rellu›(b)
        return c
      }
      block B(‹1›) { return x }
      block C(x) {
        return B(‹y›)
      }
      """,
      "expected an expression, found ')'", "expected an expression, found 'c'",
      "unknown function or block 'rellu'; did you mean 'relu'?", "expected a parameter, found the number 1",
      "unknown value 'y'")
    #expect(load(sample.unmarked.source).check().map(\.message).count >= 4)
  }
}
