#ifndef CTRAP_H
#define CTRAP_H

#include <stddef.h>

/* What each thread is doing, told when the program traps. In C, because a signal handler may do next
   to nothing: no allocation, no lock, no Swift runtime. */

/* Watches for the signals of traps: SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE. The handler
   writes what the thread noted to standard error and raises the signal again as it was handled
   before. Call it once, before other threads. */
void ctrap_install(void);

/* Notes what this thread does from now on, cut after a few thousand bytes; an empty text forgets it.
   The text has to be ready for a person, its lines ended. */
void ctrap_note(const char *text, size_t length);

/* The length of this thread's note, which is copied to a buffer as far as it fits. */
size_t ctrap_copy_note(char *buffer, size_t capacity);

#endif
