/* Measures the round trip of a UDP datagram between two network namespaces.
 *
 * Usage: echo FROM TO ADDRESS COUNT SECONDS
 *
 * One process has a socket in the namespace FROM and one in TO, which has the ADDRESS. It sends
 * COUNT datagrams of 64 bytes there and back, one at a time, for at most SECONDS, and prints
 * 'COUNT,P50,P90,P99' with times in microseconds. They contain the delays of both directions, and
 * four wake-ups: two of the wire, two of this process.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 7007, BYTES = 64, MAX_COUNT = 100000 };

static void fail(const char *what) {
  fprintf(stderr, "echo: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Opens a UDP socket inside a namespace; no receive waits longer than two seconds. */
static int socket_in(const char *space) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", space);
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 || setns(descriptor, CLONE_NEWNET) < 0) fail(space);
  close(descriptor);
  int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct timeval limit = {.tv_sec = 2};
  if (udp < 0 || setsockopt(udp, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0)
    fail("opening a socket");
  return udp;
}

/* Sends one datagram there and back; returns nanoseconds, or -1 if it was lost. */
static int64_t echo(int near, int far, uint32_t number) {
  unsigned char bytes[BYTES] = {0};
  struct sockaddr_in sender;
  socklen_t size = sizeof sender;
  memcpy(bytes, &number, sizeof number);
  int64_t start = now();
  if (send(near, bytes, BYTES, 0) != BYTES) return -1;
  if (recvfrom(far, bytes, BYTES, 0, (struct sockaddr *)&sender, &size) != BYTES) return -1;
  if (sendto(far, bytes, BYTES, 0, (struct sockaddr *)&sender, size) != BYTES) return -1;
  if (recv(near, bytes, BYTES, 0) != BYTES) return -1;
  /* After a loss an old datagram may come; its time is nobody's. */
  return memcmp(bytes, &number, sizeof number) ? -1 : now() - start;
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

int main(int count, char **values) {
  static int64_t times[MAX_COUNT];
  if (count != 6) {
    fputs("usage: echo FROM TO ADDRESS COUNT SECONDS\n", stderr);
    return 64;
  }
  int wanted = atoi(values[4]), found = 0;
  if (wanted < 1 || wanted > MAX_COUNT) wanted = MAX_COUNT;
  int64_t end = now() + (int64_t)(atof(values[5]) * 1e9);
  int far = socket_in(values[2]), near = socket_in(values[1]);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  if (inet_pton(AF_INET, values[3], &address.sin_addr) != 1) fail("reading the address");
  if (bind(far, (struct sockaddr *)&address, sizeof address) < 0) fail("binding");
  if (connect(near, (struct sockaddr *)&address, sizeof address) < 0) fail("connecting");
  for (int sent = 0; sent < wanted && now() < end; sent++) {
    int64_t time = echo(near, far, (uint32_t)sent);
    if (time >= 0) times[found++] = time;
  }
  if (found == 0) {
    fputs("echo: nothing came back\n", stderr);
    return 1;
  }
  qsort(times, (size_t)found, sizeof *times, compare);
  printf("%d,%.1f,%.1f,%.1f\n", found, (double)times[found / 2] / 1000,
         (double)times[found * 9 / 10] / 1000, (double)times[found * 99 / 100] / 1000);
  return 0;
}
