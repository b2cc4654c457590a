import CRuntime
import Foundation

/// A relocatable object with the weights image under `Artifact.weightsSymbol`, as the assembler would make it from
/// `.incbin`; it takes one copy of the image instead of the four of a file, the assembler's buffers and its output.
///
/// The form is that of the System V ABI, chapters 4 and 5: header, image, symbols, names, section headers.
struct WeightsObject {
  var image: UnsafeRawBufferPointer
  /// Of the processor that the object is for.
  var triple: String

  func write(to url: URL) throws {
    let symbols = [Elf64_Sym(), weightsSymbol]
    let symbolOffset = aligned(imageOffset + image.count)
    let nameOffset = symbolOffset + symbols.count * MemoryLayout<Elf64_Sym>.stride
    let sectionOffset = aligned(nameOffset + Self.names.bytes.count)
    let sections = [
      Elf64_Shdr(),
      section(".rodata.weights", SHT_PROGBITS, flags: SHF_ALLOC, at: imageOffset, size: image.count),
      // Without it, linkers make the stack executable.
      section(".note.GNU-stack", SHT_PROGBITS, at: symbolOffset, size: 0),
      symbolTable(at: symbolOffset, size: nameOffset - symbolOffset),
      section(".strtab", SHT_STRTAB, at: nameOffset, size: Self.names.bytes.count),
    ]
    guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
      throw ArtifactError("\(url.path) cannot be written")
    }
    let file = try FileHandle(forWritingTo: url)
    defer { try? file.close() }
    func write<Element>(_ elements: [Element], at offset: Int) throws {
      try file.seek(toOffset: UInt64(offset))
      try elements.withUnsafeBytes { try file.write(contentsOf: $0) }
    }
    try write([header(sectionCount: sections.count, at: sectionOffset)], at: 0)
    try file.seek(toOffset: UInt64(imageOffset))
    try file.write(contentsOf: image)
    try write(symbols, at: symbolOffset)
    try write(Self.names.bytes, at: nameOffset)
    try write(sections, at: sectionOffset)
  }

  private var imageOffset: Int { (MemoryLayout<Elf64_Ehdr>.size + alignment - 1) / alignment * alignment }
  private var alignment: Int { Int(APUS_ALIGNMENT) }

  private func aligned(_ offset: Int) -> Int { (offset + 7) / 8 * 8 }

  /// Names of sections and symbols, and where each begins; the first is empty.
  private static let names: (bytes: [UInt8], offsets: [String: Int]) = {
    var (bytes, offsets) = ([UInt8(0)], [String: Int]())
    for name in [".rodata.weights", ".note.GNU-stack", ".symtab", ".strtab", Artifact.weightsSymbol] {
      offsets[name] = bytes.count
      bytes += Array(name.utf8) + [0]
    }
    return (bytes, offsets)
  }()

  private static func offset(of name: String) -> UInt32 { UInt32(names.offsets[name] ?? 0) }

  private func header(sectionCount: Int, at sectionOffset: Int) -> Elf64_Ehdr {
    var header = Elf64_Ehdr()
    withUnsafeMutableBytes(of: &header.e_ident) { identification in
      identification.copyBytes(from: [0x7f] + "ELF".utf8)
      identification[Int(EI_CLASS)] = UInt8(ELFCLASS64)
      identification[Int(EI_DATA)] = UInt8(ELFDATA2LSB)
      identification[Int(EI_VERSION)] = UInt8(EV_CURRENT)
    }
    header.e_type = UInt16(ET_REL)
    header.e_machine = UInt16(triple.hasPrefix("aarch64") ? EM_AARCH64 : EM_X86_64)
    header.e_version = UInt32(EV_CURRENT)
    header.e_shoff = UInt64(sectionOffset)
    header.e_ehsize = UInt16(MemoryLayout<Elf64_Ehdr>.size)
    header.e_shentsize = UInt16(MemoryLayout<Elf64_Shdr>.size)
    header.e_shnum = UInt16(sectionCount)
    header.e_shstrndx = UInt16(sectionCount - 1)
    return header
  }

  private func section(
    _ name: String, _ type: Int32, flags: Int32 = 0, at offset: Int, size: Int
  ) -> Elf64_Shdr {
    var section = Elf64_Shdr()
    section.sh_name = Self.offset(of: name)
    section.sh_type = UInt32(type)
    section.sh_flags = UInt64(flags)
    section.sh_offset = UInt64(offset)
    section.sh_size = UInt64(size)
    section.sh_addralign = flags == SHF_ALLOC ? UInt64(alignment) : 1
    return section
  }

  /// Its names are in the section after it; the symbols from the second on are global.
  private func symbolTable(at offset: Int, size: Int) -> Elf64_Shdr {
    var table = section(".symtab", SHT_SYMTAB, at: offset, size: size)
    table.sh_link = 4
    table.sh_info = 1
    table.sh_addralign = 8
    table.sh_entsize = UInt64(MemoryLayout<Elf64_Sym>.stride)
    return table
  }

  /// Global, yet hidden: seen by the objects that are linked with it.
  private var weightsSymbol: Elf64_Sym {
    var symbol = Elf64_Sym()
    symbol.st_name = Self.offset(of: Artifact.weightsSymbol)
    symbol.st_info = UInt8(STB_GLOBAL << 4 | STT_OBJECT)
    symbol.st_other = UInt8(STV_HIDDEN)
    symbol.st_shndx = 1
    symbol.st_size = UInt64(image.count)
    return symbol
  }
}
