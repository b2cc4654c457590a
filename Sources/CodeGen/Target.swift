import CRuntime
import Kernels
import LLVMKit

/// A processor that code is generated for.
package struct Target: Hashable, Sendable, CustomStringConvertible {
  /// What people call it: `native`, `x86-64-v3`, ...
  package let name: String
  package let triple: String
  package let cpu: String
  /// LLVM's list: `+` or `-` before each name, separated by commas.
  package let featureList: String
  /// What kernels must know of it.
  package var machine: Machine
  /// LLVM's names of the features that generated code may use, beyond what every processor of the architecture has,
  /// in a fixed order. Whoever runs the code must see first that the processor has them.
  package let requiredFeatures: [String]

  /// What tells processors apart whose speed differs: LLVM's name, or the maker's numbers where LLVM knows none.
  package var processor: String { name == "native" && cpu == "generic" ? hostKind : cpu }

  /// The names that `init(named:)` takes.
  package static let names = ["native", "x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"]

  /// - Throws: TargetError, where the name is none of `names`, or this machine is too old.
  package init(named name: String) throws {
    switch name {
    case "native": try self.init(host: name)
    case "x86-64-v2": self.init(name, .sse2, features: x86Version2)
    case "x86-64-v3": self.init(name, .avx2, features: x86Version2 + x86Version3)
    case "x86-64-v4": self.init(name, .avx512, features: x86Version2 + x86Version3 + x86Version4)
    case "aarch64": self.init(name, aarch64: "aarch64-unknown-linux-gnu")
    default:
      throw TargetError("unknown target '\(name)'; the targets are \(Self.names.joined(separator: ", "))")
    }
  }

  private init(
    name: String, triple: String, cpu: String, featureList: String, machine: Machine, requiredFeatures: [String]
  ) {
    self.name = name
    self.triple = triple
    self.cpu = cpu
    self.featureList = featureList
    self.machine = machine
    self.requiredFeatures = requiredFeatures
  }

  /// One of the levels of x86-64.
  private init(_ level: String, _ machine: Machine, features: [String]) {
    self.init(
      name: level, triple: "x86_64-unknown-linux-gnu", cpu: level,
      featureList: features.map { "+\($0)" }.joined(separator: ","), machine: machine, requiredFeatures: features)
  }

  private init(host name: String) throws {
    let triple = Host.triple
    if triple.hasPrefix("aarch64") {
      self.init(name, aarch64: triple)
    } else if triple.hasPrefix("x86_64") {
      try self.init(name, x86: triple, hostFeatures: Host.features)
    } else {
      throw TargetError("code for this machine, \(triple), cannot be generated; name another target")
    }
    machine.level1ByteCount = cacheByteCount(.level1) ?? machine.level1ByteCount
    machine.level2ByteCount = cacheByteCount(.level2) ?? machine.level2ByteCount
  }

  /// What all 64-bit Arm processors have in common.
  private init(_ name: String, aarch64 triple: String) {
    self.init(
      name: name, triple: triple, cpu: "generic", featureList: "+neon", machine: .neon, requiredFeatures: [])
  }

  private init(_ name: String, x86 triple: String, hostFeatures: String) throws {
    let present = Set(hostFeatures.split(separator: ",").filter { $0.hasPrefix("+") }.map { String($0.dropFirst()) })
    let lacking = x86Version2.filter { !present.contains($0) }
    guard lacking.isEmpty else {
      throw TargetError("this processor lacks \(lacking.joined(separator: ", ")), which all x86 targets need")
    }
    let machine: Machine =
      if (x86Version3 + x86Version4).allSatisfy(present.contains) {
        apus_cpu_has_wide_arithmetic() ? .wideAVX512 : .avx512
      } else if x86Version3.allSatisfy(present.contains) {
        .avx2
      } else {
        .sse2
      }
    self.init(
      name: name, triple: triple, cpu: Host.cpu, featureList: checkedFeatures(of: hostFeatures), machine: machine,
      requiredFeatures: allX86Features.filter(present.contains))
  }

  package var description: String { name }

  /// Whether code may use the feature, by LLVM's name.
  package func has(_ feature: String) -> Bool { requiredFeatures.contains(feature) }

  /// Whether this machine can run what is generated for the target.
  package var runsOnHost: Bool {
    guard let host = try? Target(named: "native"), triple.prefix(6) == host.triple.prefix(6) else { return false }
    return requiredFeatures.allSatisfy(host.has)
  }

  /// Whether a * b + c can be rounded once.
  package var hasFusedMultiplyAdd: Bool { triple.hasPrefix("aarch64") || has("fma") }

  /// What every generated function says of the processor.
  var functionAttributes: [(name: String, value: String)] {
    var attributes = [("target-cpu", cpu), ("target-features", featureList)]
    if has("avx512f") {
      attributes.append(("prefer-vector-width", "512"))
      // LLVM's own tuning for Zen 4 spills accumulators that fit (docs/decisions/0002-llvm.md).
      if llvmMajorVersion >= 16, cpu.hasPrefix("znver") { attributes.append(("tune-cpu", "icelake-server")) }
    }
    return attributes
  }
}

/// Why there is no such target, in a sentence for people.
package struct TargetError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// Vendor, family and model of this machine's processor.
private let hostKind = String(unsafeUninitializedCapacity: 32) { text in
  text.withMemoryRebound(to: CChar.self) { apus_cpu_kind($0.baseAddress, $0.count) }
  return text.firstIndex(of: 0) ?? 0
}

/// The list with all features off that no one would look for when the code starts, such as AMD's sse4a.
private func checkedFeatures(of features: String) -> String {
  let kept = Set(x86Baseline + allX86Features)
  return features.split(separator: ",").map { feature in
    kept.contains(String(feature.dropFirst())) ? String(feature) : "-\(feature.dropFirst())"
  }.joined(separator: ",")
}

/// What every x86-64 processor has.
private let x86Baseline = ["64bit", "cmov", "cx8", "fxsr", "mmx", "sse", "sse2", "x87"]
private let x86Version2 = ["sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "cx16", "sahf"]
private let x86Version3 = ["avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"]
private let x86Version4 = ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]
/// The further features that instruction selection makes use of.
private let x86Extensions = [
  "avx512vnni", "avx512bf16", "avx512vbmi", "avx512vbmi2", "avx512ifma", "avx512bitalg", "avx512vpopcntdq", "gfni",
]
private let allX86Features = x86Version2 + x86Version3 + x86Version4 + x86Extensions
