#include "npy_header.h"

#include <stdbool.h>
#include <string.h>

typedef struct parser {
  const char *path;
  const char *next;
  const char *end;
  npy_header *header;
  apus_error *error;
} parser;

static int malformed(parser *parser, const char *expected) {
  return apus_fail(parser->error, APUS_BAD_FILE, "%s: the .npy header is malformed: %s was expected", parser->path,
                   expected);
}

static void skip_blanks(parser *parser) {
  while (parser->next < parser->end && strchr(" \t\r\n", *parser->next) && *parser->next) ++parser->next;
}

/* Takes the character if it is the next one that is not blank. */
static bool take(parser *parser, char character) {
  skip_blanks(parser);
  if (parser->next == parser->end || *parser->next != character) return false;
  ++parser->next;
  return true;
}

static bool take_word(parser *parser, const char *word) {
  skip_blanks(parser);
  size_t length = strlen(word);
  if ((size_t)(parser->end - parser->next) < length || memcmp(parser->next, word, length) != 0) return false;
  parser->next += length;
  return true;
}

/* A quoted string without escapes. */
static bool take_string(parser *parser, char text[32]) {
  skip_blanks(parser);
  if (parser->next == parser->end || (*parser->next != '\'' && *parser->next != '"')) return false;
  char quote = *parser->next++;
  size_t length = 0;
  while (parser->next < parser->end && *parser->next != quote) {
    if (length == 31) return false;
    text[length++] = *parser->next++;
  }
  text[length] = '\0';
  return take(parser, quote);
}

static int parse_element_type(parser *parser) {
  static const struct {
    const char *narrow;
    const char *wide;
  } names[] = {[NPY_FLOATS] = {"<f4", "<f8"}, [NPY_INTEGERS] = {"<i4", "<i8"}};
  const char *narrow = names[parser->header->kind].narrow, *wide = names[parser->header->kind].wide;
  char type[32];
  if (!take_string(parser, type)) return malformed(parser, "a string for 'descr'");
  if (strcmp(type, narrow) == 0) {
    parser->header->element_byte_count = 4;
  } else if (strcmp(type, wide) == 0) {
    parser->header->element_byte_count = 8;
  } else {
    return apus_fail(parser->error, APUS_BAD_FILE,
                     "%s holds elements of type '%s'; '%s' (or '%s') is expected: save it with array.astype('%s')",
                     parser->path, type, narrow, wide, narrow);
  }
  return APUS_OK;
}

static int parse_order(parser *parser) {
  if (take_word(parser, "False")) return APUS_OK;
  if (!take_word(parser, "True")) return malformed(parser, "False or True for 'fortran_order'");
  return apus_fail(parser->error, APUS_BAD_FILE,
                   "%s is in Fortran order; C order is expected: save it with numpy.ascontiguousarray(array)",
                   parser->path);
}

static int parse_extent(parser *parser) {
  npy_header *header = parser->header;
  skip_blanks(parser);
  int64_t extent = 0;
  const char *first = parser->next;
  for (; parser->next < parser->end && *parser->next >= '0' && *parser->next <= '9'; ++parser->next) {
    if (__builtin_mul_overflow(extent, 10, &extent) || __builtin_add_overflow(extent, *parser->next - '0', &extent)) {
      return malformed(parser, "an extent that fits 64 bits");
    }
  }
  if (parser->next == first) return malformed(parser, "an extent of 'shape'");
  if (header->rank == APUS_NPY_RANK_LIMIT) {
    return apus_fail(parser->error, APUS_BAD_FILE, "%s has more than %d axes", parser->path, APUS_NPY_RANK_LIMIT);
  }
  header->extents[header->rank++] = extent;
  if (__builtin_mul_overflow(header->element_count, extent, &header->element_count)) {
    return malformed(parser, "a shape whose element count fits 64 bits");
  }
  return APUS_OK;
}

/* A tuple: (), (1,), (1, 2), (1, 2,). */
static int parse_shape(parser *parser) {
  parser->header->rank = 0;
  parser->header->element_count = 1;
  if (!take(parser, '(')) return malformed(parser, "'(' of 'shape'");
  while (!take(parser, ')')) {
    int status = parse_extent(parser);
    if (status != APUS_OK) return status;
    if (take(parser, ',')) continue;
    if (!take(parser, ')')) return malformed(parser, "',' or ')' in 'shape'");
    break;
  }
  return APUS_OK;
}

int apus_npy_header_parse(const char *path, const char *text, size_t length, npy_header *header, apus_error *error) {
  static const struct {
    const char *key;
    int (*parse)(parser *parser);
  } entries[] = {{"descr", parse_element_type}, {"fortran_order", parse_order}, {"shape", parse_shape}};
  enum { ENTRY_COUNT = sizeof entries / sizeof *entries };

  parser parser = {path, text, text + length, header, error};
  bool is_given[ENTRY_COUNT] = {false};
  if (!take(&parser, '{')) return malformed(&parser, "'{'");
  while (!take(&parser, '}')) {
    char key[32];
    if (!take_string(&parser, key) || !take(&parser, ':')) return malformed(&parser, "a key and ':'");
    int entry = 0;
    while (entry < ENTRY_COUNT && strcmp(entries[entry].key, key) != 0) ++entry;
    if (entry == ENTRY_COUNT || is_given[entry]) {
      return malformed(&parser, "each of 'descr', 'fortran_order', 'shape' once");
    }
    is_given[entry] = true;
    int status = entries[entry].parse(&parser);
    if (status != APUS_OK) return status;
    if (take(&parser, ',')) continue;
    if (!take(&parser, '}')) return malformed(&parser, "',' or '}'");
    break;
  }
  for (int entry = 0; entry < ENTRY_COUNT; ++entry) {
    if (!is_given[entry]) return malformed(&parser, "each of 'descr', 'fortran_order', 'shape' once");
  }
  skip_blanks(&parser);
  return parser.next == parser.end ? APUS_OK : malformed(&parser, "nothing after '}'");
}
