#include "apus_sources.h"

/* C23's #embed: clang has it in every mode. */
#pragma clang diagnostic ignored "-Wc23-extensions"

static const char context_c[] = {
#embed "context.c"
};
static const char cpu_c[] = {
#embed "cpu.c"
};
static const char error_c[] = {
#embed "error.c"
};
static const char event_c[] = {
#embed "event.c"
};
static const char file_c[] = {
#embed "file.c"
};
static const char hooks_c[] = {
#embed "hooks.c"
};
static const char mapping_c[] = {
#embed "mapping.c"
};
static const char model_c[] = {
#embed "model.c"
};
static const char team_c[] = {
#embed "team.c"
};
static const char thread_count_c[] = {
#embed "thread_count.c"
};
static const char weights_c[] = {
#embed "weights.c"
};
static const char instance_c[] = {
#embed "instance.c"
};
static const char json_reader_c[] = {
#embed "json_reader.c"
};
static const char output_file_c[] = {
#embed "output_file.c"
};
static const char state_c[] = {
#embed "state.c"
};
static const char state_load_c[] = {
#embed "state_load.c"
};
static const char state_save_c[] = {
#embed "state_save.c"
};
static const char trainer_c[] = {
#embed "trainer.c"
};
static const char command_line_c[] = {
#embed "command_line.c"
};
static const char image_c[] = {
#embed "image.c"
};
static const char image_jpeg_c[] = {
#embed "image_jpeg.c"
};
static const char image_png_c[] = {
#embed "image_png.c"
};
static const char json_c[] = {
#embed "json.c"
};
static const char npy_c[] = {
#embed "npy.c"
};
static const char npy_header_c[] = {
#embed "npy_header.c"
};
static const char predictions_c[] = {
#embed "predictions.c"
};
static const char preprocessing_c[] = {
#embed "preprocessing.c"
};
static const char program_c[] = {
#embed "program.c"
};
static const char recording_c[] = {
#embed "recording.c"
};
static const char resize_c[] = {
#embed "resize.c"
};
static const char run_arrays_c[] = {
#embed "run_arrays.c"
};
static const char run_bench_c[] = {
#embed "run_bench.c"
};
static const char run_images_c[] = {
#embed "run_images.c"
};
static const char tensors_c[] = {
#embed "tensors.c"
};
static const char command_line_h[] = {
#embed "command_line.h"
};
static const char event_h[] = {
#embed "event.h"
};
static const char file_h[] = {
#embed "file.h"
};
static const char image_formats_h[] = {
#embed "image_formats.h"
};
static const char json_h[] = {
#embed "json.h"
};
static const char json_reader_h[] = {
#embed "json_reader.h"
};
static const char npy_header_h[] = {
#embed "npy_header.h"
};
static const char output_file_h[] = {
#embed "output_file.h"
};
static const char predictions_h[] = {
#embed "predictions.h"
};
static const char resize_h[] = {
#embed "resize.h"
};
static const char state_file_h[] = {
#embed "state_file.h"
};
static const char team_h[] = {
#embed "team.h"
};
static const char tensors_h[] = {
#embed "tensors.h"
};
static const char apus_context_h[] = {
#embed "include/apus_context.h"
};
static const char apus_cpu_h[] = {
#embed "include/apus_cpu.h"
};
static const char apus_error_h[] = {
#embed "include/apus_error.h"
};
static const char apus_hooks_h[] = {
#embed "include/apus_hooks.h"
};
static const char apus_image_h[] = {
#embed "include/apus_image.h"
};
static const char apus_instance_h[] = {
#embed "include/apus_instance.h"
};
static const char apus_mapping_h[] = {
#embed "include/apus_mapping.h"
};
static const char apus_model_h[] = {
#embed "include/apus_model.h"
};
static const char apus_npy_h[] = {
#embed "include/apus_npy.h"
};
static const char apus_preprocessing_h[] = {
#embed "include/apus_preprocessing.h"
};
static const char apus_program_h[] = {
#embed "include/apus_program.h"
};
static const char apus_recording_h[] = {
#embed "include/apus_recording.h"
};
static const char apus_state_h[] = {
#embed "include/apus_state.h"
};
static const char apus_thread_count_h[] = {
#embed "include/apus_thread_count.h"
};
static const char apus_trainer_h[] = {
#embed "include/apus_trainer.h"
};
static const char apus_weights_h[] = {
#embed "include/apus_weights.h"
};

#define SOURCE(name, variable, use) {name, variable, sizeof variable, use}

/* A test sees to it that every file of the runtime is here. */
static const apus_source sources[] = {
    SOURCE("context.c", context_c, APUS_FOR_ALL),
    SOURCE("cpu.c", cpu_c, APUS_FOR_ALL),
    SOURCE("error.c", error_c, APUS_FOR_ALL),
    SOURCE("event.c", event_c, APUS_FOR_ALL),
    SOURCE("file.c", file_c, APUS_FOR_ALL),
    SOURCE("hooks.c", hooks_c, APUS_FOR_ALL),
    SOURCE("mapping.c", mapping_c, APUS_FOR_ALL),
    SOURCE("model.c", model_c, APUS_FOR_ALL),
    SOURCE("team.c", team_c, APUS_FOR_ALL),
    SOURCE("thread_count.c", thread_count_c, APUS_FOR_ALL),
    SOURCE("weights.c", weights_c, APUS_FOR_ALL),
    SOURCE("instance.c", instance_c, APUS_FOR_INFERENCE),
    SOURCE("json_reader.c", json_reader_c, APUS_FOR_TRAINING),
    SOURCE("state.c", state_c, APUS_FOR_TRAINING),
    SOURCE("state_load.c", state_load_c, APUS_FOR_TRAINING),
    SOURCE("state_save.c", state_save_c, APUS_FOR_TRAINING),
    SOURCE("trainer.c", trainer_c, APUS_FOR_TRAINING),
    SOURCE("output_file.c", output_file_c, APUS_FOR_TRAINING | APUS_FOR_EXECUTABLES),
    SOURCE("command_line.c", command_line_c, APUS_FOR_EXECUTABLES),
    SOURCE("image.c", image_c, APUS_FOR_EXECUTABLES),
    SOURCE("image_jpeg.c", image_jpeg_c, APUS_FOR_EXECUTABLES),
    SOURCE("image_png.c", image_png_c, APUS_FOR_EXECUTABLES),
    SOURCE("json.c", json_c, APUS_FOR_EXECUTABLES),
    SOURCE("npy.c", npy_c, APUS_FOR_EXECUTABLES),
    SOURCE("npy_header.c", npy_header_c, APUS_FOR_EXECUTABLES),
    SOURCE("predictions.c", predictions_c, APUS_FOR_EXECUTABLES),
    SOURCE("preprocessing.c", preprocessing_c, APUS_FOR_EXECUTABLES),
    SOURCE("program.c", program_c, APUS_FOR_EXECUTABLES),
    SOURCE("recording.c", recording_c, APUS_FOR_EXECUTABLES),
    SOURCE("resize.c", resize_c, APUS_FOR_EXECUTABLES),
    SOURCE("run_arrays.c", run_arrays_c, APUS_FOR_EXECUTABLES),
    SOURCE("run_bench.c", run_bench_c, APUS_FOR_EXECUTABLES),
    SOURCE("run_images.c", run_images_c, APUS_FOR_EXECUTABLES),
    SOURCE("tensors.c", tensors_c, APUS_FOR_EXECUTABLES),
    SOURCE("command_line.h", command_line_h, APUS_FOR_ALL),
    SOURCE("event.h", event_h, APUS_FOR_ALL),
    SOURCE("file.h", file_h, APUS_FOR_ALL),
    SOURCE("image_formats.h", image_formats_h, APUS_FOR_ALL),
    SOURCE("json.h", json_h, APUS_FOR_ALL),
    SOURCE("json_reader.h", json_reader_h, APUS_FOR_ALL),
    SOURCE("npy_header.h", npy_header_h, APUS_FOR_ALL),
    SOURCE("output_file.h", output_file_h, APUS_FOR_ALL),
    SOURCE("predictions.h", predictions_h, APUS_FOR_ALL),
    SOURCE("resize.h", resize_h, APUS_FOR_ALL),
    SOURCE("state_file.h", state_file_h, APUS_FOR_ALL),
    SOURCE("team.h", team_h, APUS_FOR_ALL),
    SOURCE("tensors.h", tensors_h, APUS_FOR_ALL),
    SOURCE("apus_context.h", apus_context_h, APUS_FOR_ALL),
    SOURCE("apus_cpu.h", apus_cpu_h, APUS_FOR_ALL),
    SOURCE("apus_error.h", apus_error_h, APUS_FOR_ALL),
    SOURCE("apus_hooks.h", apus_hooks_h, APUS_FOR_ALL),
    SOURCE("apus_image.h", apus_image_h, APUS_FOR_ALL),
    SOURCE("apus_instance.h", apus_instance_h, APUS_FOR_ALL),
    SOURCE("apus_mapping.h", apus_mapping_h, APUS_FOR_ALL),
    SOURCE("apus_model.h", apus_model_h, APUS_FOR_ALL),
    SOURCE("apus_npy.h", apus_npy_h, APUS_FOR_ALL),
    SOURCE("apus_preprocessing.h", apus_preprocessing_h, APUS_FOR_ALL),
    SOURCE("apus_program.h", apus_program_h, APUS_FOR_ALL),
    SOURCE("apus_recording.h", apus_recording_h, APUS_FOR_ALL),
    SOURCE("apus_state.h", apus_state_h, APUS_FOR_ALL),
    SOURCE("apus_thread_count.h", apus_thread_count_h, APUS_FOR_ALL),
    SOURCE("apus_trainer.h", apus_trainer_h, APUS_FOR_ALL),
    SOURCE("apus_weights.h", apus_weights_h, APUS_FOR_ALL),
};

size_t apus_source_count(void) { return sizeof sources / sizeof *sources; }

apus_source apus_source_at(size_t index) { return sources[index]; }
