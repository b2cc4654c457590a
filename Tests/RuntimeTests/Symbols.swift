import CodeGen
import Testing

/// Checks that every symbol that a library needs is the C library's, and that those that it defines are `functions`
/// after its prefix.
func expectSymbols(
  of files: Artifact.Files, form: Artifact.Form, prefix: String, functions: [String]
) throws {
  let symbols = try CommandResult("nm", (form == .sharedLibrary ? ["-D"] : []) + ["-g", files.binary])
  let lines = symbols.output.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.count > 1 }
  let undefined = Set(lines.filter { $0[$0.count - 2] == "U" }.map { $0[$0.count - 1].prefix { $0 != "@" } })
  let defined = Set(lines.filter { $0.count == 3 }.map { String($0[2]) })
  #expect(defined == Set(functions.map { "\(prefix)_\($0)" }))
  let unexpected = undefined.filter { !cLibraryFunctions.contains(String($0)) }
  #expect(!undefined.isEmpty && unexpected.isEmpty, "\(unexpected)")
}

/// All that libraries use of libc and libpthread.
private let cLibraryFunctions: Set = [
  "__errno_location", "__isoc99_sscanf", "__isoc23_sscanf", "__isoc23_strtoll", "__tls_get_addr",
  "_GLOBAL_OFFSET_TABLE_", "aligned_alloc", "atoll", "bcmp", "close", "free", "fstat", "fstat64", "fsync", "getpid",
  "madvise", "malloc",
  "memcmp", "memcpy", "memset", "mmap", "mmap64", "munmap", "open", "open64", "pthread_create", "pthread_join",
  "pthread_sigmask", "read", "realpath", "rename", "sched_getaffinity", "sched_yield", "sigfillset", "snprintf",
  "sscanf", "stat",
  "stat64", "strchr", "strcmp", "strcspn", "strerror", "strlen", "strncmp", "strrchr", "strsep", "strtoll", "syscall",
  "unlink", "vsnprintf", "write", "__stack_chk_fail",
]
