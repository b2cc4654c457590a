#ifndef APUS_JSON_H
#define APUS_JSON_H

/* Print one value on stdout. */
void apus_json_print_string(const char *text);
void apus_json_print_number(double number);

#endif
