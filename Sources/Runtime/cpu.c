#include "apus_cpu.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The bit FP512 tells of a data path of 512 bits (AMD64 Architecture Programmer's Manual, volume 3, function 8000_001Ah).
   Hypervisors clear it: in a guest those models of family 1Ah count that servers and desktops have (Turin, Turin Dense,
   Granite Ridge). */
bool apus_cpu_kind_has_wide_arithmetic(const char *vendor, uint32_t family, uint32_t model, bool says_so,
                                       bool is_guest) {
  if (strcmp(vendor, "AuthenticAMD") != 0) return false;
  bool is_known = family == 0x1A && (model < 0x20 || (model >= 0x40 && model < 0x50));
  return says_so || (is_guest && is_known);
}

#if defined(__x86_64__)
#include <cpuid.h>

enum cpu_register { EAX, EBX, ECX, EDX };

/* What the operating system must save of a thread for the feature to be usable. */
enum cpu_state { NO_STATE, AVX_STATE, AVX512_STATE };

typedef struct cpu_feature {
  const char *name;
  uint32_t leaf;
  uint32_t subleaf;
  enum cpu_register bits_in;
  uint32_t bit;
  enum cpu_state state;
} cpu_feature;

/* The instruction sets that LLVM may use on its own accord. */
static const cpu_feature known_features[] = {
    {"sse3", 1, 0, ECX, 0, NO_STATE},
    {"ssse3", 1, 0, ECX, 9, NO_STATE},
    {"fma", 1, 0, ECX, 12, AVX_STATE},
    {"cx16", 1, 0, ECX, 13, NO_STATE},
    {"sse4.1", 1, 0, ECX, 19, NO_STATE},
    {"sse4.2", 1, 0, ECX, 20, NO_STATE},
    {"movbe", 1, 0, ECX, 22, NO_STATE},
    {"popcnt", 1, 0, ECX, 23, NO_STATE},
    {"avx", 1, 0, ECX, 28, AVX_STATE},
    {"f16c", 1, 0, ECX, 29, AVX_STATE},
    {"bmi", 7, 0, EBX, 3, NO_STATE},
    {"avx2", 7, 0, EBX, 5, AVX_STATE},
    {"bmi2", 7, 0, EBX, 8, NO_STATE},
    {"avx512f", 7, 0, EBX, 16, AVX512_STATE},
    {"avx512dq", 7, 0, EBX, 17, AVX512_STATE},
    {"avx512ifma", 7, 0, EBX, 21, AVX512_STATE},
    {"avx512cd", 7, 0, EBX, 28, AVX512_STATE},
    {"avx512bw", 7, 0, EBX, 30, AVX512_STATE},
    {"avx512vl", 7, 0, EBX, 31, AVX512_STATE},
    {"avx512vbmi", 7, 0, ECX, 1, AVX512_STATE},
    {"avx512vbmi2", 7, 0, ECX, 6, AVX512_STATE},
    {"gfni", 7, 0, ECX, 8, NO_STATE},
    {"avx512vnni", 7, 0, ECX, 11, AVX512_STATE},
    {"avx512bitalg", 7, 0, ECX, 12, AVX512_STATE},
    {"avx512vpopcntdq", 7, 0, ECX, 14, AVX512_STATE},
    {"avx512fp16", 7, 0, EDX, 23, AVX512_STATE},
    {"avxvnni", 7, 1, EAX, 4, AVX_STATE},
    {"avx512bf16", 7, 1, EAX, 5, AVX512_STATE},
    {"sahf", 0x80000001, 0, ECX, 0, NO_STATE},
    {"lzcnt", 0x80000001, 0, ECX, 5, NO_STATE},
    {"xop", 0x80000001, 0, ECX, 11, AVX_STATE},
    {"fma4", 0x80000001, 0, ECX, 16, AVX_STATE},
    {"tbm", 0x80000001, 0, ECX, 21, NO_STATE},
};

/* The bits of XCR0 for the upper halves of the 256-bit registers, and for the mask and 512-bit registers. */
static bool is_state_saved(enum cpu_state state) {
  static const uint32_t needed[] = {[NO_STATE] = 0, [AVX_STATE] = 0x6, [AVX512_STATE] = 0xE6};
  if (state == NO_STATE) return true;
  uint32_t eax, ebx, ecx, edx;
  bool has_xgetbv = __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx >> 27 & 1);
  if (!has_xgetbv) return false;
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & needed[state]) == needed[state];
}

static bool has_feature(const cpu_feature *feature) {
  uint32_t registers[4];
  if (!__get_cpuid_count(feature->leaf, feature->subleaf, &registers[EAX], &registers[EBX], &registers[ECX],
                         &registers[EDX])) {
    return false;
  }
  return (registers[feature->bits_in] >> feature->bit & 1) && is_state_saved(feature->state);
}

/* Vendor, family and model, as the processor's maker counts them. */
typedef struct cpu_kind {
  char vendor[13];
  uint32_t family;
  uint32_t model;
} cpu_kind;

static cpu_kind this_kind(void) {
  cpu_kind kind = {"", 0, 0};
  uint32_t eax, ebx, ecx, edx;
  if (!__get_cpuid(0, &eax, &ebx, &ecx, &edx)) return kind;
  memcpy(kind.vendor, (uint32_t[]){ebx, edx, ecx}, 12);
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return kind;
  uint32_t family = eax >> 8 & 0xF;
  uint32_t model = eax >> 4 & 0xF;
  kind.family = family == 0xF ? family + (eax >> 20 & 0xFF) : family;
  kind.model = family == 0x6 || family == 0xF ? model | (eax >> 12 & 0xF0) : model;
  return kind;
}

void apus_cpu_kind(char *text, size_t byte_count) {
  cpu_kind kind = this_kind();
  snprintf(text, byte_count, "%s-%02X-%02X", kind.vendor, kind.family, kind.model);
}

bool apus_cpu_has_wide_arithmetic(void) {
  cpu_kind kind = this_kind();
  uint32_t eax, ebx, ecx, edx;
  bool says_so = __get_cpuid(0x8000001A, &eax, &ebx, &ecx, &edx) && (eax >> 3 & 1);
  bool is_guest = __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx >> 31 & 1);
  return apus_cpu_kind_has_wide_arithmetic(kind.vendor, kind.family, kind.model, says_so, is_guest);
}

#else

typedef struct cpu_feature {
  const char *name;
} cpu_feature;

void apus_cpu_kind(char *text, size_t byte_count) { snprintf(text, byte_count, "aarch64"); }

bool apus_cpu_has_wide_arithmetic(void) { return false; }

/* What every 64-bit ARM processor has. */
static const cpu_feature known_features[] = {{"neon"}, {"fp-armv8"}};

static bool has_feature(const cpu_feature *feature) {
  (void)feature;
  return true;
}

#endif

static const cpu_feature *find_feature(const char *name) {
  for (size_t index = 0; index < sizeof known_features / sizeof *known_features; ++index) {
    if (strcmp(known_features[index].name, name) == 0) return &known_features[index];
  }
  return NULL;
}

bool apus_cpu_feature_is_known(const char *feature) { return find_feature(feature) != NULL; }

int apus_check_cpu(const char *model_name, const char *const *features, apus_error *error) {
  char missing[256] = "";
  size_t length = 0;
  for (; *features; ++features) {
    const cpu_feature *feature = find_feature(*features);
    if (feature && has_feature(feature)) continue;
    if (length < sizeof missing) {
      length += (size_t)snprintf(missing + length, sizeof missing - length, "%s%s", length ? ", " : "", *features);
    }
  }
  if (length == 0) return APUS_OK;
  return apus_fail(error, APUS_UNSUPPORTED_CPU,
                   "%s was compiled for a processor with %s, which this one lacks; compile it on this machine, or "
                   "with --target x86-64-v3 or x86-64-v2",
                   model_name, missing);
}
