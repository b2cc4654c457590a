/* The runtime that just-in-time compiled models and ahead-of-time artifacts share. */
#ifndef APUS_RUNTIME_H
#define APUS_RUNTIME_H

#include "apus_context.h"
#include "apus_error.h"
#include "apus_hooks.h"
#include "apus_model.h"
#include "apus_thread_count.h"

#endif
