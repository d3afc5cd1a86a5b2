/* Carries packets between network namespaces, and holds each for the delay of its link.
 *
 * Usage: wire [--jitter-us N] [--loss P] [--seed N] [--mtu N] [--no-offload] [--reorder] [--fair]
 *             PREFIX DELAYS
 *
 * DELAYS has one row per namespace, rows separated by '/', values in microseconds by ',':
 * '0,5000/5000,0' is two nodes 5 ms apart. Node i is the namespace PREFIXi (made with 'ip netns
 * add'); there the program opens the TUN device wire0 with the address 10.77.0.(i+1)/24. It prints
 * 'ready', then reads commands, one a line, and replies 'ok' or 'error REASON' to each:
 *
 *   cut A B       discards what A and B send each other from now on; packets under way arrive
 *   cut-one A B   discards what A sends B
 *   heal A B      undoes cut; heal-one A B undoes cut-one
 *   delay A B US  sets the delay from A to B
 *   jitter US     adds a uniform draw from [0, US] to every packet's delay
 *   loss P        discards each packet with probability P
 *   stats         prints packets, drops and lateness since the start or the last reset
 *   reset         forgets the statistics
 *   quit          prints the statistics and ends, as the end of the input does
 *
 * Packets of one link keep their order unless --reorder is given. TCP segmentation and checksum
 * offload cross the devices, as they cross a veth pair, unless --no-offload is given: then every
 * packet has at most the MTU, and a loss is the loss of one such packet. The program asks for
 * SCHED_RR, so that a busy machine does not add to the delays, unless --fair is given.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  MAX_NODES = 16,
  VNET_HEADER = 10,      /* struct virtio_net_hdr without the field of merged buffers */
  MAX_PACKET = 65536 + VNET_HEADER,
  READS_PER_ROUND = 64,  /* so that one busy device cannot hold up the others */
  LATENESS_BUCKETS = 64 * 16,
  INPUT_EVENT = MAX_NODES,
};

struct packet {
  int64_t deadline;
  uint64_t number; /* keeps the order of equal deadlines */
  int to;
  int length;
  unsigned char bytes[];
};

struct link {
  int64_t delay;
  int64_t last_deadline;
  bool cut;
};

static struct {
  int nodes;
  int device[MAX_NODES];
  struct link link[MAX_NODES][MAX_NODES];
  int64_t jitter;
  double loss;
  uint64_t random;
  int mtu;
  bool offload, reorder, realtime;
} wire = {.mtu = 1500, .offload = true, .realtime = true, .random = 1};

/* Packets under way: a binary heap by deadline, then by number. */
static struct {
  struct packet **items;
  size_t count, capacity;
  uint64_t next_number;
} under_way;

static struct {
  uint64_t packets, bytes, lost, cut, refused, foreign;
  uint64_t lateness[LATENESS_BUCKETS];
  int64_t max_lateness;
} stats;

/* Prints a reason with the error of the system, and ends. */
static void fail(const char *format, ...) {
  int error = errno;
  va_list values;
  va_start(values, format);
  fputs("wire: ", stderr);
  vfprintf(stderr, format, values);
  va_end(values);
  fprintf(stderr, error ? ": %s\n" : "\n", strerror(error));
  exit(1);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* A uniform draw from [0, 1): splitmix64. */
static double draw(void) {
  uint64_t z = (wire.random += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* ---- Statistics ---- */

/* The bucket of a lateness: 16 per power of two, exact below 16 ns. */
static int bucket_of(int64_t lateness) {
  uint64_t value = lateness < 0 ? 0 : (uint64_t)lateness;
  if (value < 16) return (int)value;
  int power = 63 - __builtin_clzll(value);
  return (power - 3) * 16 + (int)((value >> (power - 4)) & 15);
}

/* The smallest lateness of a bucket, in nanoseconds. */
static double start_of(int bucket) {
  if (bucket < 16) return bucket;
  return (double)((uint64_t)(16 + bucket % 16) << (bucket / 16 - 1));
}

/* The lateness that a share of the packets does not exceed, in microseconds, to 6 %. */
static double late_us(double share) {
  uint64_t wanted = (uint64_t)(share * (double)stats.packets), seen = 0;
  for (int bucket = 0; bucket < LATENESS_BUCKETS; bucket++) {
    seen += stats.lateness[bucket];
    if (seen > wanted) return start_of(bucket) / 1000;
  }
  return (double)stats.max_lateness / 1000;
}

static void print_stats(void) {
  printf("packets=%llu bytes=%llu lost=%llu cut=%llu refused=%llu foreign=%llu under_way=%zu "
         "late_p50_us=%.1f late_p99_us=%.1f late_max_us=%.1f\n",
         (unsigned long long)stats.packets, (unsigned long long)stats.bytes,
         (unsigned long long)stats.lost, (unsigned long long)stats.cut,
         (unsigned long long)stats.refused, (unsigned long long)stats.foreign, under_way.count,
         late_us(0.5), late_us(0.99), (double)stats.max_lateness / 1000);
}

/* ---- Packets under way ---- */

static bool earlier(const struct packet *a, const struct packet *b) {
  return a->deadline != b->deadline ? a->deadline < b->deadline : a->number < b->number;
}

static void push(struct packet *packet) {
  if (under_way.count == under_way.capacity) {
    under_way.capacity = under_way.capacity ? 2 * under_way.capacity : 1024;
    under_way.items = realloc(under_way.items, under_way.capacity * sizeof *under_way.items);
    if (!under_way.items) fail("no memory for packets under way");
  }
  packet->number = under_way.next_number++;
  size_t place = under_way.count++;
  while (place > 0 && earlier(packet, under_way.items[(place - 1) / 2])) {
    under_way.items[place] = under_way.items[(place - 1) / 2];
    place = (place - 1) / 2;
  }
  under_way.items[place] = packet;
}

static struct packet *pop(void) {
  struct packet *first = under_way.items[0], *last = under_way.items[--under_way.count];
  size_t place = 0;
  for (;;) {
    size_t child = 2 * place + 1;
    if (child >= under_way.count) break;
    if (child + 1 < under_way.count && earlier(under_way.items[child + 1], under_way.items[child]))
      child++;
    if (!earlier(under_way.items[child], last)) break;
    under_way.items[place] = under_way.items[child];
    place = child;
  }
  under_way.items[place] = last;
  return first;
}

/* ---- The path of a packet ---- */

/* Writes a packet to its receiver's device and counts how late. */
static void deliver(int to, const unsigned char *bytes, int length, int64_t deadline) {
  if (write(wire.device[to], bytes, (size_t)length) != length) {
    stats.refused++;
    return;
  }
  int64_t lateness = now() - deadline;
  stats.packets++;
  stats.bytes += (uint64_t)length;
  stats.lateness[bucket_of(lateness)]++;
  if (lateness > stats.max_lateness) stats.max_lateness = lateness;
}

/* Returns the node with the destination address of a packet, or -1. */
static int receiver_of(const unsigned char *bytes, int length) {
  const unsigned char *ip = bytes + (wire.offload ? VNET_HEADER : 0);
  if (length < (ip - bytes) + 20 || ip[0] >> 4 != 4) return -1;
  if (ip[16] != 10 || ip[17] != 77 || ip[18] != 0) return -1;
  int node = ip[19] - 1;
  return node >= 0 && node < wire.nodes ? node : -1;
}

/* Delivers, holds or discards a packet that a node has sent. */
static void accept_packet(int from, const unsigned char *bytes, int length) {
  int to = receiver_of(bytes, length);
  if (to < 0) {
    stats.foreign++;
    return;
  }
  struct link *link = &wire.link[from][to];
  if (link->cut) {
    stats.cut++;
    return;
  }
  if (wire.loss > 0 && draw() < wire.loss) {
    stats.lost++;
    return;
  }
  int64_t arrival = now(), deadline = arrival + link->delay;
  if (wire.jitter > 0) deadline += (int64_t)(draw() * (double)wire.jitter);
  if (!wire.reorder && deadline < link->last_deadline) deadline = link->last_deadline;
  link->last_deadline = deadline;
  if (deadline <= arrival) {
    deliver(to, bytes, length, deadline);
    return;
  }
  struct packet *packet = malloc(sizeof *packet + (size_t)length);
  if (!packet) fail("no memory for a packet");
  packet->deadline = deadline;
  packet->to = to;
  packet->length = length;
  memcpy(packet->bytes, bytes, (size_t)length);
  push(packet);
}

static void release_due(void) {
  while (under_way.count > 0 && under_way.items[0]->deadline <= now()) {
    struct packet *packet = pop();
    deliver(packet->to, packet->bytes, packet->length, packet->deadline);
    free(packet);
  }
}

static void read_device(int node) {
  static unsigned char buffer[MAX_PACKET];
  for (int i = 0; i < READS_PER_ROUND; i++) {
    ssize_t length = read(wire.device[node], buffer, sizeof buffer);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (length < 0) fail("reading the device of node %d", node);
    accept_packet(node, buffer, (int)length);
  }
}

/* ---- Commands ---- */

/* Cuts or heals a link, in both directions if asked. */
static const char *set_cut(int a, int b, bool both, bool cut) {
  if (a < 0 || b < 0 || a >= wire.nodes || b >= wire.nodes || a == b) return "no such link";
  wire.link[a][b].cut = cut;
  if (both) wire.link[b][a].cut = cut;
  return NULL;
}

static const char *set_delay(int a, int b, double us) {
  if (a < 0 || b < 0 || a >= wire.nodes || b >= wire.nodes || a == b) return "no such link";
  if (!(us >= 0 && us <= 60e6)) return "a delay is between 0 and 60000000 us";
  wire.link[a][b].delay = (int64_t)(us * 1000);
  return NULL;
}

/* Carries out a command; returns the reason if it cannot. */
static const char *obey(const char *line) {
  int a, b;
  double value;
  if (sscanf(line, "cut %d %d", &a, &b) == 2) return set_cut(a, b, true, true);
  if (sscanf(line, "cut-one %d %d", &a, &b) == 2) return set_cut(a, b, false, true);
  if (sscanf(line, "heal %d %d", &a, &b) == 2) return set_cut(a, b, true, false);
  if (sscanf(line, "heal-one %d %d", &a, &b) == 2) return set_cut(a, b, false, false);
  if (sscanf(line, "delay %d %d %lf", &a, &b, &value) == 3) return set_delay(a, b, value);
  if (sscanf(line, "jitter %lf", &value) == 1 && value >= 0 && value <= 60e6) {
    wire.jitter = (int64_t)(value * 1000);
    return NULL;
  }
  if (sscanf(line, "loss %lf", &value) == 1 && value >= 0 && value <= 1) {
    wire.loss = value;
    return NULL;
  }
  if (!strcmp(line, "stats")) {
    print_stats();
    return NULL;
  }
  if (!strcmp(line, "reset")) {
    memset(&stats, 0, sizeof stats);
    return NULL;
  }
  return "unknown command, or a value out of range";
}

/* Reads commands; returns whether the program goes on. */
static bool read_commands(void) {
  static char text[4096];
  static size_t used;
  ssize_t length = read(STDIN_FILENO, text + used, sizeof text - 1 - used);
  if (length < 0) return errno == EAGAIN || errno == EINTR;
  if (length == 0) return false;
  used += (size_t)length;
  text[used] = 0;
  char *line = text, *end;
  while ((end = strchr(line, '\n'))) {
    *end = 0;
    if (!strcmp(line, "quit")) return false;
    const char *reason = obey(line);
    printf(reason ? "error %s\n" : "ok\n", reason);
    line = end + 1;
  }
  used = strlen(line);
  if (used == sizeof text - 1) used = 0; /* a line without end is no command */
  memmove(text, line, used);
  return true;
}

/* ---- Start ---- */

/* Sets address, mask, MTU and queue of wire0 in the present namespace, and starts it and lo. */
static void configure_device(int node) {
  int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (control < 0) fail("opening a socket");
  struct ifreq request = {.ifr_name = "wire0"};
  struct sockaddr_in *address = (struct sockaddr_in *)&request.ifr_addr;
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(0x0a4d0001u + (uint32_t)node);
  if (ioctl(control, SIOCSIFADDR, &request) < 0) fail("setting the address of node %d", node);
  address->sin_addr.s_addr = htonl(0xffffff00u);
  if (ioctl(control, SIOCSIFNETMASK, &request) < 0) fail("setting the mask of node %d", node);
  request.ifr_mtu = wire.mtu;
  if (ioctl(control, SIOCSIFMTU, &request) < 0) fail("setting the MTU of node %d", node);
  request.ifr_qlen = 10000;
  if (ioctl(control, SIOCSIFTXQLEN, &request) < 0) fail("setting the queue of node %d", node);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(control, SIOCSIFFLAGS, &request) < 0) fail("starting wire0 of node %d", node);
  struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  if (ioctl(control, SIOCSIFFLAGS, &loopback) < 0) fail("starting lo of node %d", node);
  close(control);
}

/* Opens the device of a node inside its namespace, and leaves the process there. */
static void open_device(const char *prefix, int node) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s%d", prefix, node);
  int space = open(path, O_RDONLY | O_CLOEXEC);
  if (space < 0) fail("opening the namespace %s%d", prefix, node);
  if (setns(space, CLONE_NEWNET) < 0) fail("entering the namespace %s%d", prefix, node);
  close(space);
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device < 0) fail("opening /dev/net/tun");
  struct ifreq request = {.ifr_name = "wire0", .ifr_flags = IFF_TUN | IFF_NO_PI};
  if (wire.offload) request.ifr_flags |= IFF_VNET_HDR;
  if (ioctl(device, TUNSETIFF, &request) < 0) fail("making the device of node %d", node);
  if (wire.offload && ioctl(device, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) < 0)
    fail("setting the offloads of node %d", node);
  configure_device(node);
  wire.device[node] = device;
}

/* Reads the matrix of delays; its first row gives the number of nodes. */
static void read_delays(const char *text) {
  int nodes = 1;
  for (const char *c = text; *c && *c != '/'; c++) nodes += *c == ',';
  errno = 0;
  if (nodes > MAX_NODES) fail("at most %d nodes, found %d", MAX_NODES, nodes);
  wire.nodes = nodes;
  for (int from = 0; from < nodes; from++) {
    for (int to = 0; to < nodes; to++) {
      char *end;
      double us = strtod(text, &end);
      char expected = to + 1 < nodes ? ',' : from + 1 < nodes ? '/' : 0;
      if (end == text || *end != expected || !(us >= 0 && us <= 60e6))
        fail("the delay from %d to %d is no number of us, or the matrix is not square", from, to);
      wire.link[from][to].delay = (int64_t)(us * 1000);
      text = end + (expected != 0);
    }
  }
}

static void read_options(int count, char **values) {
  static const struct option options[] = {
      {"jitter-us", 1, 0, 'j'}, {"loss", 1, 0, 'l'},       {"seed", 1, 0, 's'},
      {"mtu", 1, 0, 'm'},       {"no-offload", 0, 0, 'n'}, {"reorder", 0, 0, 'r'},
      {"fair", 0, 0, 'f'},      {0, 0, 0, 0}};
  for (int option; (option = getopt_long(count, values, "", options, NULL)) != -1;) {
    switch (option) {
      case 'j': wire.jitter = (int64_t)(atof(optarg) * 1000); break;
      case 'l': wire.loss = atof(optarg); break;
      case 's': wire.random = strtoull(optarg, NULL, 10); break;
      case 'm': wire.mtu = atoi(optarg); break;
      case 'n': wire.offload = false; break;
      case 'r': wire.reorder = true; break;
      case 'f': wire.realtime = false; break;
      default: exit(64);
    }
  }
  if (count - optind != 2) {
    fputs("usage: wire [options] PREFIX DELAYS; the source's first comment lists options\n",
          stderr);
    exit(64);
  }
}

/* Asks for prompt wake-ups; without the right to SCHED_RR the program goes on. */
static void ask_for_priority(void) {
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  struct sched_param priority = {.sched_priority = 2};
  if (wire.realtime && sched_setscheduler(0, SCHED_RR, &priority) < 0)
    fprintf(stderr, "wire: no SCHED_RR (%s): delays may be late on a busy machine\n",
            strerror(errno));
}

/* Waits for devices, commands or the next deadline. */
static int wait_for_events(int poll, struct epoll_event *events) {
  struct timespec limit, *timeout = NULL;
  if (under_way.count > 0) {
    int64_t left = under_way.items[0]->deadline - now();
    if (left < 0) left = 0;
    limit = (struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    timeout = &limit;
  }
  int count = epoll_pwait2(poll, events, MAX_NODES + 1, timeout, NULL);
  if (count < 0 && errno != EINTR) fail("waiting");
  return count < 0 ? 0 : count;
}

static void watch(int poll, int descriptor, uint32_t mark) {
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = mark};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) < 0) fail("watching %u", mark);
}

int main(int count, char **values) {
  read_options(count, values);
  read_delays(values[optind + 1]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  int poll = epoll_create1(EPOLL_CLOEXEC);
  if (poll < 0) fail("making an epoll");
  for (int node = 0; node < wire.nodes; node++) {
    open_device(values[optind], node);
    watch(poll, wire.device[node], (uint32_t)node);
  }
  watch(poll, STDIN_FILENO, INPUT_EVENT);
  ask_for_priority();
  puts("ready");
  struct epoll_event events[MAX_NODES + 1];
  for (bool goes_on = true; goes_on;) {
    int ready = wait_for_events(poll, events);
    release_due();
    for (int i = 0; i < ready; i++) {
      if (events[i].data.u32 == INPUT_EVENT) goes_on = read_commands();
      else read_device((int)events[i].data.u32);
      release_due();
    }
  }
  print_stats();
  return 0;
}
