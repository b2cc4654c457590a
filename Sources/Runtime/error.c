#include "apus_error.h"

#include <stdarg.h>
#include <stdio.h>

int apus_fail(apus_error *error, int status, const char *format, ...) {
  if (error) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
  }
  return status;
}
