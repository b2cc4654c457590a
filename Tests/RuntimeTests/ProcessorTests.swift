import CRuntime
import CodeGen
import Testing

@Suite struct ProcessorTests {
  private func check(_ features: [String]) throws {
    let names = features.map { UnsafePointer<CChar>(strdupOf($0)) }
    defer { for name in names { UnsafeMutablePointer(mutating: name).deallocate() } }
    try RuntimeFailure.check { apus_check_cpu("net", names.map(Optional.some) + [nil], $0) }
  }

  private func strdupOf(_ text: String) -> UnsafeMutablePointer<CChar> {
    let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: text.utf8CString.count)
    _ = copy.initialize(from: text.utf8CString)
    return copy.baseAddress!
  }

  @Test func whatTheHostTargetNeedsIsThere() throws {
    let target = try Target(named: "native")
    try check(target.requiredFeatures)
    try check([])
  }

  /// What kernels are told of the host is what the processor says of itself.
  @Test func theHostsMachineIsAsWideAsItsArithmetic() throws {
    let target = try Target(named: "native")
    let isWide = target.has("avx512f") && apus_cpu_has_wide_arithmetic()
    #expect((target.machine.multiplyAddsPerCycle == 32) == isWide)
    #expect((target.machine.weightPrefetchByteCount > 0) == isWide)
  }

  /// Zen 4, Turin, Turin Dense, Strix Point, whose data path has 256 bits, and Granite Ridge; as guests, and on their own.
  @Test(arguments: [
    (0x19, 0x61, false), (0x1A, 0x02, true), (0x1A, 0x11, true), (0x1A, 0x24, false), (0x1A, 0x44, true),
  ])
  func guestsAreKnownByTheirModel(family: UInt32, model: UInt32, isWide: Bool) {
    func isKnown(_ vendor: String, saysSo: Bool, isGuest: Bool) -> Bool {
      apus_cpu_kind_has_wide_arithmetic(vendor, family, model, saysSo, isGuest)
    }
    #expect(isKnown("AuthenticAMD", saysSo: false, isGuest: true) == isWide)
    #expect(!isKnown("AuthenticAMD", saysSo: false, isGuest: false), "what it says is true where nobody hides it")
    #expect(isKnown("AuthenticAMD", saysSo: true, isGuest: false))
    #expect(!isKnown("GenuineIntel", saysSo: true, isGuest: true))
  }

  /// A tuning is for one kind of processor, also where LLVM has no name for it.
  @Test func theHostsProcessorHasAName() throws {
    let target = try Target(named: "native")
    #expect(!target.processor.isEmpty && target.processor != "generic")
    #expect(try Target(named: "x86-64-v3").processor == "x86-64-v3")
  }

  @Test(arguments: [1, 4, 64])
  func theNameIsCutOffWhereThereIsNoRoom(byteCount: Int) {
    var text = [CChar](repeating: 1, count: 64)
    apus_cpu_kind(&text, byteCount)
    let length = text.firstIndex(of: 0) ?? 64
    #expect(length < byteCount && text[(length + 1)...].allSatisfy { $0 == 1 })
  }

  /// A feature that is not known would be reported as missing on every processor.
  @Test(arguments: Target.names)
  func featuresOfTargetsAreKnown(name: String) throws {
    for feature in try Target(named: name).requiredFeatures {
      #expect(apus_cpu_feature_is_known(feature), "\(feature)")
    }
  }

  @Test func missingFeaturesAreNamed() {
    let failure = #expect(throws: RuntimeFailure.self) { try check(["avx9000", "sse9"]) }
    #expect(failure?.kind == .unsupportedProcessor)
    #expect(failure?.message.contains("net was compiled for a processor with avx9000, sse9") == true)
  }
}
