#include "json.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes of the UTF-8 sequence at `text`; 0: it is none. Neither overlong forms nor surrogates are. */
static int sequence_length(const unsigned char *text) {
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (text[0] < 0x80) return 1;
  int length = text[0] >= 0xF0 ? 4 : text[0] >= 0xE0 ? 3 : 2;
  if (text[0] < 0xC0 || text[0] > 0xF4) return 0;
  uint32_t code = text[0] & (0x7Fu >> length);
  for (int index = 1; index < length; ++index) {
    if ((text[index] & 0xC0) != 0x80) return 0;
    code = code << 6 | (text[index] & 0x3F);
  }
  bool is_surrogate = code >= 0xD800 && code < 0xE000;
  return code >= smallest[length] && code <= 0x10FFFF && !is_surrogate ? length : 0;
}

/* Paths may hold any bytes, JSON may not: what is not UTF-8 becomes the replacement character. */
void apus_json_print_string(const char *text) {
  const unsigned char *bytes = (const unsigned char *)text;
  putchar('"');
  while (*bytes) {
    int length = sequence_length(bytes);
    if (length == 0) {
      printf("\\ufffd");
    } else if (*bytes == '"' || *bytes == '\\') {
      printf("\\%c", *bytes);
    } else if (*bytes < 0x20) {
      printf("\\u%04x", *bytes);
    } else {
      fwrite(bytes, 1, (size_t)length, stdout);
    }
    bytes += length ? length : 1;
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
