#include "event.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void futex(_Atomic uint32_t *word, int operation, uint32_t value) {
  syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

/* The order of the two atomics on each side is what loses no wake-up: if the signaller sees no sleeper, the sleeper
   has yet to read the count that the signaller raised, and so sees the condition. */
void apus_event_signal(apus_event *event) {
  atomic_fetch_add(&event->signal_count, 1);
  if (atomic_load(&event->sleeper_count) > 0) futex(&event->signal_count, FUTEX_WAKE, INT_MAX);
}

void apus_event_wait(apus_event *event, bool (*condition)(const void *argument), const void *argument) {
  for (int spin = 0; spin < event->spin_count; ++spin) {
    if (condition(argument)) return;
    pause_briefly();
  }
  atomic_fetch_add(&event->sleeper_count, 1);
  for (;;) {
    uint32_t signal_count = atomic_load(&event->signal_count);
    if (condition(argument)) break;
    futex(&event->signal_count, FUTEX_WAIT, signal_count);
  }
  atomic_fetch_sub(&event->sleeper_count, 1);
}
