/* What the scores of a picture say, ranked and printed. */
#ifndef APUS_PREDICTIONS_H
#define APUS_PREDICTIONS_H

#include "apus_program.h"

/* Prints the likeliest classes of a picture; `scores` has the program's first output for it. `is_first` tells whether
   pictures were printed before. False: no memory. */
bool apus_predictions_print(const apus_program *program, const apus_image_request *request, const char *path,
                            const float *scores, bool is_first);

#endif
