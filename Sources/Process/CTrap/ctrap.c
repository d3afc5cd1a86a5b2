#define _GNU_SOURCE
#include "ctrap.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { NOTE_CAPACITY = 4096, STACK_SIZE = 32768, SIGNALS = 6 };

static const int numbers[SIGNALS] = {SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE};
static const char *const names[SIGNALS] = {
    "SIGILL", "SIGTRAP", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE"};
static struct sigaction previous[SIGNALS];

/* Synchronous signals are handled by the thread that caused them, so that no lock is needed. */
static _Thread_local char note[NOTE_CAPACITY];
static _Thread_local volatile size_t note_length;

/* An exhausted stack cannot hold a handler's frame. */
static _Thread_local char handler_stack[STACK_SIZE];
static _Thread_local int has_stack;

static void say(const char *text, size_t length) {
  while (length > 0) {
    ssize_t written = write(STDERR_FILENO, text, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text += written;
    length -= (size_t)written;
  }
}

static void on_trap(int number) {
  int place = 0;
  while (place < SIGNALS - 1 && numbers[place] != number) place++;
  say("\nconsim: trapped (", 18);
  say(names[place], strlen(names[place]));
  say(")\n", 2);
  say(note, note_length);
  note_length = 0;
  sigaction(number, &previous[place], NULL);
  raise(number);
}

static void take_stack(void) {
  if (has_stack) return;
  has_stack = 1;
  stack_t old;
  if (sigaltstack(NULL, &old) == 0 && !(old.ss_flags & SS_DISABLE)) return;
  stack_t stack = {.ss_sp = handler_stack, .ss_size = STACK_SIZE, .ss_flags = 0};
  sigaltstack(&stack, NULL);
}

void ctrap_install(void) {
  take_stack();
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_trap;
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  for (int place = 0; place < SIGNALS; place++) {
    sigaction(numbers[place], &action, &previous[place]);
  }
}

void ctrap_note(const char *text, size_t length) {
  take_stack();
  size_t kept = length < NOTE_CAPACITY ? length : NOTE_CAPACITY;
  note_length = 0;
  memcpy(note, text, kept);
  note_length = kept;
}

size_t ctrap_copy_note(char *buffer, size_t capacity) {
  size_t kept = note_length < capacity ? note_length : capacity;
  memcpy(buffer, note, kept);
  return note_length;
}
