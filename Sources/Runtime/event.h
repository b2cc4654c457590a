/* Waiting that is quick when the wait is short and costs nothing when it is long: spin a little, then sleep in the
   kernel. */
#ifndef APUS_EVENT_H
#define APUS_EVENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct apus_event {
  _Atomic uint32_t signal_count;
  _Atomic uint32_t sleeper_count;
  /* How often a waiter looks before it sleeps. */
  int spin_count;
} apus_event;

/* Long enough to cover the gap between steps of a network, short enough that a core that another process needs is
   given up within some 50 microseconds. For waiters that have a core each; others had better sleep at once, since who
   they wait for may be waiting for their core. */
enum { APUS_SPIN_COUNT = 4000 };

/* Wakes all that wait, after the caller has changed what they wait for. */
void apus_event_signal(apus_event *event);

/* Returns when `condition` holds. What makes it hold must be followed by apus_event_signal. */
void apus_event_wait(apus_event *event, bool (*condition)(const void *argument), const void *argument);

#endif
