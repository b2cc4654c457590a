#include "json.h"

#include <math.h>
#include <stdio.h>

void apus_json_print_string(const char *text) {
  putchar('"');
  for (; *text; ++text) {
    unsigned char character = (unsigned char)*text;
    if (character == '"' || character == '\\') {
      printf("\\%c", character);
    } else if (character < 0x20) {
      printf("\\u%04x", character);
    } else {
      putchar(character);
    }
  }
  putchar('"');
}

/* JSON has no word for what is not a number. */
void apus_json_print_number(double number) {
  if (isfinite(number)) {
    printf("%.9g", number);
  } else {
    printf("null");
  }
}
