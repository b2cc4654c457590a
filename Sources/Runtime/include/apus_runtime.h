/* The runtime that just-in-time compiled models and ahead-of-time artifacts share. */
#ifndef APUS_RUNTIME_H
#define APUS_RUNTIME_H

#include "apus_context.h"
#include "apus_cpu.h"
#include "apus_error.h"
#include "apus_gzip.h"
#include "apus_hooks.h"
#include "apus_image.h"
#include "apus_instance.h"
#include "apus_mapping.h"
#include "apus_model.h"
#include "apus_npy.h"
#include "apus_preprocessing.h"
#include "apus_program.h"
#include "apus_recording.h"
#include "apus_sources.h"
#include "apus_state.h"
#include "apus_thread_count.h"
#include "apus_trainer.h"
#include "apus_weights.h"

#endif
