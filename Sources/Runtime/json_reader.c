#include "json_reader.h"

static void skip_space(apus_json_reader *reader) {
  while (reader->next < reader->end
         && (*reader->next == ' ' || *reader->next == '\t' || *reader->next == '\n' || *reader->next == '\r')) {
    ++reader->next;
  }
}

bool apus_json_take(apus_json_reader *reader, char symbol) {
  skip_space(reader);
  if (reader->next == reader->end || *reader->next != symbol) return false;
  ++reader->next;
  return true;
}

bool apus_json_take_end(apus_json_reader *reader) {
  skip_space(reader);
  return reader->next == reader->end;
}

bool apus_json_take_integer(apus_json_reader *reader, int64_t *number) {
  skip_space(reader);
  const char *start = reader->next;
  int64_t value = 0;
  while (reader->next < reader->end && *reader->next >= '0' && *reader->next <= '9') {
    if (__builtin_mul_overflow(value, 10, &value)
        || __builtin_add_overflow(value, *reader->next - '0', &value)) {
      return false;
    }
    ++reader->next;
  }
  int64_t digit_count = reader->next - start;
  if (digit_count == 0 || (digit_count > 1 && *start == '0')) return false;
  *number = value;
  return true;
}

/* MARK: Strings */

/* The four hexadecimal digits of \uXXXX; negative: they are none. */
static int32_t take_unit(apus_json_reader *reader) {
  if (reader->end - reader->next < 4) return -1;
  int32_t unit = 0;
  for (int index = 0; index < 4; ++index) {
    char digit = *reader->next++;
    int32_t value = digit >= '0' && digit <= '9'   ? digit - '0'
                    : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                    : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                                   : -1;
    if (value < 0) return -1;
    unit = unit * 16 + value;
  }
  return unit;
}

/* A character of one \uXXXX or, above U+FFFF, of two; negative: there is none. */
static int32_t take_code_point(apus_json_reader *reader) {
  int32_t first = take_unit(reader);
  if (first < 0xD800 || first >= 0xE000) return first;
  bool is_pair = first < 0xDC00 && reader->end - reader->next >= 2 && reader->next[0] == '\\' && reader->next[1] == 'u';
  if (!is_pair) return -1;
  reader->next += 2;
  int32_t second = take_unit(reader);
  if (second < 0xDC00 || second >= 0xE000) return -1;
  return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

/* Never longer than the escape that it comes from. */
static char *write_utf8(int32_t code, char *text) {
  if (code < 0x80) {
    *text++ = (char)code;
    return text;
  }
  int followers = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static const int leaders[] = {0, 0xC0, 0xE0, 0xF0};
  *text++ = (char)(leaders[followers] | code >> (6 * followers));
  while (followers-- > 0) *text++ = (char)(0x80 | (code >> (6 * followers) & 0x3F));
  return text;
}

static int32_t take_escape(apus_json_reader *reader) {
  if (reader->next == reader->end) return -1;
  switch (*reader->next++) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': return take_code_point(reader);
    default: return -1;
  }
}

bool apus_json_take_string(apus_json_reader *reader, char *text) {
  if (!apus_json_take(reader, '"')) return false;
  while (reader->next < reader->end) {
    unsigned char byte = (unsigned char)*reader->next++;
    if (byte == '"') {
      *text = '\0';
      return true;
    }
    if (byte < 0x20) return false;
    if (byte != '\\') {
      *text++ = (char)byte;
      continue;
    }
    int32_t code = take_escape(reader);
    if (code <= 0) return false;
    text = write_utf8(code, text);
  }
  return false;
}
