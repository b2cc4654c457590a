import Testing

/// What commands say of arguments that are wrong: exit code 2, a hint, and nothing on standard output.
@Suite struct UsageTests {
  #if arch(x86_64)
    private static let foreignTarget = "aarch64"
  #else
    private static let foreignTarget = "x86-64-v2"
  #endif

  @Test(arguments: [
    ("chek tiny.apus", "There is no command 'chek'; did you mean 'check'?"),
    ("nonsense", "There is no command 'nonsense'."),
    ("tiny.apus", "A command comes first, such as: apus check tiny.apus"),
    ("show", "Missing expected argument '<file>'"),
    ("show tiny.apus --jso", "Unknown option '--jso'. Did you mean '--json'?"),
    ("show tiny.apus", "has several networks; choose one with --network: Tiny, int"),
    ("show tiny.apus --network Tinny", "has no network 'Tinny'; did you mean 'Tiny'?"),
    ("show tiny.apus --network Tiny --set widht=2", "no parameter 'widht' to set; did you mean 'width'?"),
    ("show tiny.apus --network Tiny --set width", "--set takes key=value, such as classes=10, not 'width'"),
    ("show tiny.apus --network Tiny --set width=2+", "--set:1:9: error: expected"),
    ("compile tiny.apus --network Tiny", "Give --weights FILE, or --seed N"),
    ("compile tiny.apus --network Tiny --seed 1 --weights w.safetensors", "Give either --weights or --seed."),
    ("compile tiny.apus --network Tiny --seed 1 --emit ex", "The value 'ex' is invalid for '--emit <emit>'"),
    ("compile tiny.apus --network Tiny --seed 1 --target avx", "unknown target 'avx'; the targets are native,"),
    ("compile tiny.apus --network Tiny --seed -1", "'--seed <n>'"),
    ("compile tiny.apus --network Tiny --seed 1 --batch 0", "The value '0' is invalid for '--batch <batch>'"),
    ("compile tiny.apus --network Tiny --seed 1 --batch 3..2", "The value '3..2' is invalid"),
    ("compile tiny.apus --network Tiny --seed 1 -o EMPTY", "--output takes a path, not an empty one."),
    ("run tiny.apus --network Tiny --seed 1", "Give either pictures, or --input and --output."),
    ("run tiny.apus --network Tiny --seed 1 --input x.npy", "--input and --output go together."),
    (
      "run tiny.apus --network Tiny --seed 1 --input x.npy --input x.npy --output y.npy --output y.npy",
      "--output names a file twice."
    ),
    ("run tiny.apus --network Tiny --seed 1 --threads 0 x.png", "--threads takes 1 to 1024."),
    ("run tiny.apus --network Tiny --seed 1 --top 0 x.png", "--top takes 1 or more."),
    ("run tiny.apus --network Tiny --seed 1 --target \(foreignTarget) x.png", "This machine cannot run code for"),
    (
      "run tiny.apus --network Tiny --seed 1 --input x.npy --input x.npy --output y.npy",
      "The network takes --input 1 times (image); given 2."
    ),
    ("bench tiny.apus --network Tiny --seed 1 --repeat 0", "--repeat takes 1 to 1000000."),
    ("bench tiny.apus --network Tiny --seed 1 --seconds nan", "--seconds takes 0.001 to 86400."),
    ("bench tiny.apus --network Tiny --seed 1 --repeat 1 --seconds 1", "Give either --repeat or --seconds."),
    ("train tiny.apus --data x --memory 2X", "The value '2X' is invalid for '--memory <bytes>'"),
    ("train tiny.apus --data x --memory 9999999999G", "The value '9999999999G' is invalid for '--memory <bytes>'"),
    ("bench tiny.apus --network Tiny --seed 1 --memory 1G", "--memory goes with --train."),
    ("profile tiny.apus --network Tiny --seed 1 --memory 1G", "--memory goes with --train."),
    ("compile tiny.apus --network Tiny --seed 1 --memory 1G", "--memory goes with --train."),
    ("verify tiny.apus --network Tiny --seed 1 --target \(foreignTarget)", "This machine cannot run code for"),
  ])
  func wrongArgumentsAreExplained(_ line: String, _ message: String) throws {
    let network = try TinyNetwork()
    let run = try network.apus(line.split(separator: " ").map { $0 == "EMPTY" ? "" : String($0) })
    #expect(run.exitCode == 2)
    #expect(run.output == "")
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(try network.names == ["tiny.apus"])
  }

  @Test func withoutArgumentsThereIsHelp() throws {
    let (run, help) = (try CommandLineRun(), try CommandLineRun("--help"))
    #expect(run.exitCode == 0 && run.errors == "")
    #expect(run.output == help.output && run.output.contains("SUBCOMMANDS:") && run.output.contains("Examples:"))
  }

  @Test func theVersionIsPrinted() throws {
    let run = try CommandLineRun("--version")
    #expect(run.exitCode == 0 && run.errors == "" && run.output.contains(/^apus [0-9]+\.[0-9]+/))
  }

  @Test func executablesExplainWrongArguments() throws {
    let cases = [
      ("", "give pictures, --input and --output, --bench, or --info"),
      ("--bogus", "unknown option '--bogus'"),
      ("--top 0 x.png", "--top takes a whole number from 1 to 1000000, not '0'"),
      ("--threads 0 x.png", "--threads takes a whole number from 1 to 1024, not '0'"),
      ("--top", "--top needs a value"),
      ("--input x.npy", "--input and --output go together"),
      ("--bench x.png", "pictures cannot be combined with"),
      ("--bench --repeat 1 --seconds 1", "--repeat and --seconds exclude each other"),
      ("--info --top 1", "--top is for pictures"),
      ("--input x.npy --input x.npy --output y.npy", "--input was given 2 time(s)"),
    ]
    try withTinyExecutable { executable in
      for (line, message) in cases {
        let run = try CommandLineRun(program: executable, arguments: line.split(separator: " ").map(String.init))
        #expect(run.exitCode == 2 && run.output == "", "\(line)")
        #expect(run.errors.contains(message) && run.errors.contains(" --help.\n"), "\(line): \(run.errors)")
      }
    }
  }
}
