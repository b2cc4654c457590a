#ifndef APUS_CPU_H
#define APUS_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apus_error.h"

/* Whether the name (LLVM's, such as avx512f) is one that apus_check_cpu can look for. */
bool apus_cpu_feature_is_known(const char *feature);

/* APUS_UNSUPPORTED_CPU, with the names of what is missing, unless the processor and the operating system support
   every feature of a list that a null pointer ends. A name that is not known counts as missing. Runs on any processor
   of the architecture. */
int apus_check_cpu(const char *model_name, const char *const *features, apus_error *error);

/* The processor's vendor, family and model, such as AuthenticAMD-1A-02, cut off where there is no room. */
void apus_cpu_kind(char *text, size_t byte_count);

/* Whether a processor is known to have a data path of 512 bits: by what it says of itself, or, in the guest of a
   hypervisor, by what it is. Only of AMD's that is known. */
bool apus_cpu_kind_has_wide_arithmetic(const char *vendor, uint32_t family, uint32_t model, bool says_so, bool is_guest);

/* Whether this one is. It does not say that AVX-512 is usable. */
bool apus_cpu_has_wide_arithmetic(void);

#endif
