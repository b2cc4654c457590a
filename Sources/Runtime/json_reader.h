/* Reads JSON from memory, value by value, into what its caller expects there. */
#ifndef APUS_JSON_READER_H
#define APUS_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct apus_json_reader {
  const char *next;
  const char *end;
} apus_json_reader;

/* All skip white space first and return whether the value was there; where not, the reader stays near it. */

/* One of {}[]:, */
bool apus_json_take(apus_json_reader *reader, char symbol);

/* A string, decoded and ended by a zero byte: no more bytes than were left to read. One that holds U+0000 is none. */
bool apus_json_take_string(apus_json_reader *reader, char *text);

/* A number from 0 on, without fraction or exponent. */
bool apus_json_take_integer(apus_json_reader *reader, int64_t *number);

/* Nothing but white space is left. */
bool apus_json_take_end(apus_json_reader *reader);

#endif
