import Diagnostics
import Language
import Testing

struct FormatterTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var source: String
    var expected: String

    init(_ testDescription: String, _ source: String, _ expected: String) {
      self.testDescription = testDescription
      self.source = source
      self.expected = expected
    }
  }

  static let samples: [Sample] = [
    Sample(
      "spaces",
      "block  B( x,width:Int=-1 ){y=conv( x , width,kernel : [ 1,3 ])-x\nreturn  relu(y)+(-x).channels*blocks [ 0 ]}",
      """
      block B(x, width: Int = -1) { y = conv(x, width, kernel: [1, 3]) - x
        return relu(y) + (-x).channels * blocks[0] }

      """),
    Sample(
      "indentation and aligned names",
      """
      network A(image: f32[N,3,size,size],
      size: Int = 8
      )->logits using B,C(size:size) {
      conv1=conv(image, 8, kernel: 3)
      b=batchNorm(conv1)

      fc = linear(
      globalAveragePool(b),
      10)
      return fc
      }
      """,
      """
      network A(image: f32[N, 3, size, size],
        size: Int = 8
      ) -> logits using B, C(size: size) {
        conv1 = conv(image, 8, kernel: 3)
        b     = batchNorm(conv1)

        fc = linear(
          globalAveragePool(b),
          10)
        return fc
      }

      """),
    Sample(
      "recipes",
      """
      recipe  A{epochs=3 // short
      schedule=steps( 0.1,epochs:[ 1,2 ],factor : 0.5)
      augmentation=[padAndCrop( 4 ),
      mirror]
      }
      recipe B=A{ frozen=["conv1","layer1"] }
      """,
      """
      recipe A { epochs = 3  // short
        schedule = steps(0.1, epochs: [1, 2], factor: 0.5)
        augmentation = [padAndCrop(4),
          mirror]
      }
      recipe B = A { frozen = ["conv1", "layer1"] }

      """),
    Sample(
      "continued lines",
      """
      block B(x) {
      y = if x.channels == 1 { x }
      else { relu(x) }
      z = y
      |> stack(2) { i, x in
      relu(x)
      }
      |> relu
      w = if x.channels == 1 {
      x
      }
      else {
      y
      }
      return w
      }
      """,
      """
      block B(x) {
        y = if x.channels == 1 { x }
          else { relu(x) }
        z = y
          |> stack(2) { i, x in
            relu(x)
          }
          |> relu
        w = if x.channels == 1 {
          x
        }
        else {
          y
        }
        return w
      }

      """),
    Sample(
      "comments and blank lines",
      """


      // first
      ///   Doc.\t

      block B(x) {   // why

        // before



        y = relu(x)// after
        // above
        longer = relu(y)

      // last
        return longer

      }
      """,
      """
      // first
      ///   Doc.

      block B(x) {  // why
        // before

        y = relu(x)  // after
        // above
        longer = relu(y)

        // last
        return longer
      }

      """),
  ]

  @Test(arguments: samples) func laysOut(_ sample: Sample) throws {
    let (text, diagnostics) = Formatter.format(file(sample.source))
    let formatted = try #require(text, "\(render(diagnostics))")
    #expect(formatted == sample.expected)
  }

  static let sources = samples.map(\.source) + ["resnet", "cifar"].map { loadExample($0).root.text }

  @Test(arguments: sources) func isIdempotentAndKeepsAllText(_ source: String) throws {
    let once = try #require(Formatter.format(file(source)).text)
    #expect(Formatter.format(file(once)).text == once)
    #expect(ink(once) == ink(source))
  }

  @Test(arguments: ["resnet", "cifar"]) func examplesAreFormatted(_ name: String) {
    let root = loadExample(name).root
    #expect(Formatter.format(root).text == root.text)
  }

  @Test func leavesBrokenFilesAlone() {
    let (text, diagnostics) = Formatter.format(file("block B(x) {"))
    #expect(text == nil)
    #expect(!diagnostics.isEmpty)
  }

  private func file(_ source: String) -> SourceFile { SourceFile(path: "main.apus", bytes: Array(source.utf8)) }

  /// All that is no blank, which formatting must not touch.
  private func ink(_ source: String) -> String { source.filter { !$0.isWhitespace } }
}

extension SourceFile {
  var text: String { text(0..<bytes.count) }
}
