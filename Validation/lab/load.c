/* Puts keys into etcd over gRPC and measures the latency of each put.
 *
 * Usage: load [options] ADDRESS:PORT
 *        load --probe [options] ADDRESS:PORT...
 *
 *   --connections N   TCP connections, each with one put outstanding (1)
 *   --warmup S        seconds before the measured window (1)
 *   --seconds S       length of the window; of the whole probe with --probe (5)
 *   --key-size N      bytes of a key (8)
 *   --value-size N    bytes of a value (256)
 *   --key-space N     number of keys, drawn uniformly (1, as etcd's benchmark has)
 *   --seed N          of the draws (1)
 *   --raw FILE        writes every latency of the window in nanoseconds, one a line
 *   --interval-ms N   with --probe: a put this often to every endpoint (5)
 *   --watch           with --probe: goes on after the first acknowledgement
 *
 * A closed loop: a connection sends its next put when the last one is acknowledged. The program
 * prints 'start' when the window begins, and at its end one line:
 *
 *   puts,puts_per_s,p50_ms,p90_ms,p99_ms,mean_ms,errors,cpu_s
 *
 * A put counts if it completes inside the window; quantiles are the nearest rank. Errors are gRPC
 * statuses other than 0, reset streams and lost connections. A lost connection stays lost. cpu_s is
 * this program's processor time in the window.
 *
 * With --probe puts are sent without waiting for earlier ones, to every endpoint. The program
 * prints the time of the first acknowledgement in nanoseconds since 1970 and ends; exit code 1:
 * none came. With --watch it goes on to the end, and prints the number of acknowledgements, the
 * longest time without any, and the time since the last, in milliseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 4096, MAX_BODY = 1 << 20, EVENTS = 256 };

/* One put: the body that is left to send, and what became of it. */
struct put {
  int64_t start;
  size_t sent;
  int status; /* of gRPC, -1 until known */
};

struct connection {
  int descriptor;
  bool open;
  nghttp2_session *session;
  const char *endpoint;
  unsigned char *pending; /* bytes that the socket did not take */
  size_t pending_count, pending_capacity;
  bool watches_output;
};

static struct {
  int connections, key_size, value_size, endpoint_count;
  double warmup, seconds, interval_ms;
  uint64_t key_space, random;
  const char *raw;
  bool probe, watch;
  char **endpoints;
} options = {.connections = 1, .key_size = 8, .value_size = 256, .warmup = 1, .seconds = 5,
             .interval_ms = 5, .key_space = 1, .random = 1};

static struct {
  int64_t *latencies;
  size_t count, capacity;
  uint64_t errors;
  bool measuring;
  uint64_t acknowledged;
  int64_t last_acknowledged, longest_gap; /* nanoseconds */
  int open_connections;
} results;

static struct {
  int poll;
  struct connection *connections;
  unsigned char body[MAX_BODY];
  size_t body_size, key_place;
} load;

/* Prints a reason with the error of the system, and ends. */
static void fail(const char *format, ...) {
  int error = errno;
  va_list values;
  va_start(values, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, values);
  va_end(values);
  fprintf(stderr, error ? ": %s\n" : "\n", strerror(error));
  exit(1);
}

static int64_t read_clock(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t now(void) { return read_clock(CLOCK_MONOTONIC); }

/* A draw from [0, bound): splitmix64; the bias is below bound / 2^64. */
static uint64_t draw(uint64_t bound) {
  uint64_t z = (options.random += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (z ^ (z >> 31)) % bound;
}

/* ---- The message ---- */

/* Appends a field of bytes: tag, length as a varint, and room for the bytes. */
static size_t append_field(size_t place, unsigned char tag, size_t length) {
  load.body[place++] = tag;
  for (size_t rest = length;; rest >>= 7) {
    load.body[place++] = (unsigned char)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    if (rest <= 0x7f) return place;
  }
}

/* Builds gRPC's prefix and etcdserverpb.PutRequest { key = 1; value = 2 }. */
static void build_body(void) {
  size_t key = (size_t)options.key_size, value = (size_t)options.value_size;
  load.key_place = append_field(5, 0x0a, key);
  size_t value_place = append_field(load.key_place + key, 0x12, value);
  memset(load.body + value_place, 'v', value);
  load.body_size = value_place + value;
  uint32_t length = htonl((uint32_t)(load.body_size - 5));
  memcpy(load.body + 1, &length, sizeof length);
}

/* Writes the number of a key into the body, most significant byte first. */
static void choose_key(void) {
  uint64_t key = draw(options.key_space);
  for (int i = options.key_size - 1; i >= 0; i--, key >>= 8)
    load.body[load.key_place + (size_t)i] = (unsigned char)key;
}

/* ---- Connections ---- */

static void lose(struct connection *connection) {
  if (!connection->open) return;
  connection->open = false;
  close(connection->descriptor);
  results.open_connections--;
  results.errors++;
}

static void watch(struct connection *connection, bool output) {
  if (connection->watches_output == output) return;
  connection->watches_output = output;
  struct epoll_event event = {.events = EPOLLIN | (output ? (uint32_t)EPOLLOUT : 0),
                              .data.ptr = connection};
  if (epoll_ctl(load.poll, EPOLL_CTL_MOD, connection->descriptor, &event) < 0)
    fail("watching a connection");
}

/* Keeps bytes that the session wants to send. */
static void keep(struct connection *connection, const uint8_t *bytes, size_t count) {
  size_t needed = connection->pending_count + count;
  if (needed > connection->pending_capacity) {
    connection->pending_capacity = 2 * needed;
    connection->pending = realloc(connection->pending, connection->pending_capacity);
    if (!connection->pending) fail("no memory for a connection");
  }
  memcpy(connection->pending + connection->pending_count, bytes, count);
  connection->pending_count = needed;
}

/* Sends what the session has, in one call where the socket takes it all. */
static void flush(struct connection *connection) {
  if (!connection->open) return;
  const uint8_t *bytes;
  ssize_t count;
  while ((count = nghttp2_session_mem_send(connection->session, &bytes)) > 0)
    keep(connection, bytes, (size_t)count);
  if (count < 0) {
    lose(connection);
    return;
  }
  if (connection->pending_count > 0) {
    ssize_t sent = send(connection->descriptor, connection->pending, connection->pending_count,
                        MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      lose(connection);
      return;
    }
    if (sent > 0) {
      connection->pending_count -= (size_t)sent;
      memmove(connection->pending, connection->pending + sent, connection->pending_count);
    }
  }
  watch(connection, connection->pending_count > 0);
}

static ssize_t read_body(nghttp2_session *session, int32_t stream, uint8_t *room, size_t size,
                         uint32_t *flags, nghttp2_data_source *source, void *user) {
  (void)session, (void)stream, (void)user;
  struct put *put = source->ptr;
  if (put->sent == 0) choose_key();
  size_t count = load.body_size - put->sent;
  if (count > size) count = size;
  memcpy(room, load.body + put->sent, count);
  put->sent += count;
  if (put->sent == load.body_size) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return (ssize_t)count;
}

static nghttp2_nv header(const char *name, const char *value) {
  return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), 0};
}

/* Starts a put; the caller flushes. */
static void submit(struct connection *connection) {
  struct put *put = calloc(1, sizeof *put);
  if (!put) fail("no memory for a put");
  put->status = -1;
  nghttp2_nv headers[] = {
      header(":method", "POST"),
      header(":scheme", "http"),
      header(":path", "/etcdserverpb.KV/Put"),
      header(":authority", connection->endpoint),
      header("content-type", "application/grpc"),
      header("te", "trailers"),
  };
  nghttp2_data_provider body = {.source.ptr = put, .read_callback = read_body};
  put->start = now();
  int32_t stream = nghttp2_submit_request(connection->session, NULL, headers,
                                          sizeof headers / sizeof *headers, &body, put);
  if (stream < 0) {
    free(put);
    lose(connection);
  }
}

/* ---- What comes back ---- */

static void record(int64_t latency) {
  if (results.count == results.capacity) {
    results.capacity = results.capacity ? 2 * results.capacity : 1 << 16;
    results.latencies = realloc(results.latencies, results.capacity * sizeof *results.latencies);
    if (!results.latencies) fail("no memory for latencies");
  }
  results.latencies[results.count++] = latency;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *user) {
  (void)value_size, (void)flags, (void)user;
  struct put *put = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
  if (put && name_size == 11 && !memcmp(name, "grpc-status", 11)) put->status = atoi((char *)value);
  return 0;
}

/* Counts an acknowledgement and the time since the one before. */
static void note_acknowledgement(void) {
  int64_t moment = now(), gap = moment - results.last_acknowledged;
  results.acknowledged++;
  results.last_acknowledged = moment;
  if (gap > results.longest_gap) results.longest_gap = gap;
}

static int on_stream_close(nghttp2_session *session, int32_t stream, uint32_t error, void *user) {
  struct connection *connection = user;
  struct put *put = nghttp2_session_get_stream_user_data(session, stream);
  if (!put) return 0;
  bool acknowledged = error == 0 && put->status == 0;
  if (acknowledged) note_acknowledgement();
  if (results.measuring && acknowledged) record(now() - put->start);
  if (results.measuring && !acknowledged) results.errors++;
  free(put);
  if (!options.probe) submit(connection);
  return 0;
}

static void receive(struct connection *connection) {
  static uint8_t buffer[1 << 16];
  ssize_t count = recv(connection->descriptor, buffer, sizeof buffer, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0 || nghttp2_session_mem_recv(connection->session, buffer, (size_t)count) < 0)
    lose(connection);
}

/* ---- Start ---- */

/* Starts to connect; a refusal shows as an event. */
static void open_connection(struct connection *connection, const char *endpoint,
                            nghttp2_session_callbacks *callbacks) {
  char host[64];
  const char *colon = strrchr(endpoint, ':');
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (colon && colon - endpoint < (ptrdiff_t)sizeof host) {
    snprintf(host, sizeof host, "%.*s", (int)(colon - endpoint), endpoint);
    address.sin_port = htons((uint16_t)atoi(colon + 1));
  }
  errno = 0;
  if (!address.sin_port || inet_pton(AF_INET, host, &address.sin_addr) != 1)
    fail("'%s' is no ADDRESS:PORT of IPv4", endpoint);
  int one = 1;
  connection->endpoint = endpoint;
  connection->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connection->descriptor < 0) fail("opening a socket");
  setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(connection->descriptor, (struct sockaddr *)&address, sizeof address) < 0 &&
      errno != EINPROGRESS)
    fail("connecting to %s", endpoint);
  if (nghttp2_session_client_new(&connection->session, callbacks, connection) != 0)
    fail("no memory for a session");
  nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, NULL, 0);
  connection->open = true;
  results.open_connections++;
  connection->watches_output = true;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = connection};
  if (epoll_ctl(load.poll, EPOLL_CTL_ADD, connection->descriptor, &event) < 0)
    fail("watching a connection");
}

static void open_connections(void) {
  nghttp2_session_callbacks *callbacks;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) fail("no memory");
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
  load.poll = epoll_create1(EPOLL_CLOEXEC);
  load.connections = calloc((size_t)options.connections, sizeof *load.connections);
  if (load.poll < 0 || !load.connections) fail("no memory for connections");
  for (int i = 0; i < options.connections; i++) {
    open_connection(&load.connections[i], options.endpoints[i % options.endpoint_count], callbacks);
    if (!options.probe) submit(&load.connections[i]);
  }
}

static double number(double low, double high) {
  char *end;
  double value = strtod(optarg, &end);
  errno = 0;
  if (end == optarg || *end || !(value >= low && value <= high))
    fail("'%s' is no number from %g to %g", optarg, low, high);
  return value;
}

static void read_options(int count, char **values) {
  static const struct option names[] = {
      {"connections", 1, 0, 'c'}, {"warmup", 1, 0, 'w'},    {"seconds", 1, 0, 't'},
      {"key-size", 1, 0, 'k'},    {"value-size", 1, 0, 'v'}, {"key-space", 1, 0, 'n'},
      {"seed", 1, 0, 's'},        {"raw", 1, 0, 'r'},        {"probe", 0, 0, 'p'},
      {"interval-ms", 1, 0, 'i'}, {"watch", 0, 0, 'a'},     {0, 0, 0, 0}};
  for (int option; (option = getopt_long(count, values, "", names, NULL)) != -1;) {
    switch (option) {
      case 'c': options.connections = (int)number(1, MAX_CONNECTIONS); break;
      case 'w': options.warmup = number(0, 3600); break;
      case 't': options.seconds = number(0.001, 3600); break;
      case 'k': options.key_size = (int)number(1, 4096); break;
      case 'v': options.value_size = (int)number(1, MAX_BODY - 8192); break;
      case 'n': options.key_space = (uint64_t)number(1, 1e15); break;
      case 's': options.random = (uint64_t)number(0, 1e15); break;
      case 'r': options.raw = optarg; break;
      case 'p': options.probe = true; break;
      case 'a': options.watch = true; break;
      case 'i': options.interval_ms = number(0.1, 10000); break;
      default: exit(64);
    }
  }
  options.endpoints = values + optind;
  options.endpoint_count = count - optind;
  if (options.endpoint_count < 1 || (!options.probe && options.endpoint_count > 1)) {
    fputs("usage: load [options] ADDRESS:PORT; the source's first comment lists options\n", stderr);
    exit(64);
  }
  if (options.probe) options.connections = options.endpoint_count;
}

/* ---- The run ---- */

/* Whether a probe has what it waits for. */
static bool is_answered(void) {
  return options.probe && !options.watch && results.acknowledged > 0;
}

/* Handles events until a time, or until nothing is left to wait for. */
static void run_until(int64_t end) {
  struct epoll_event events[EVENTS];
  while (results.open_connections > 0 && !is_answered()) {
    int64_t left = end - now();
    if (left <= 0) return;
    struct timespec limit = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    int ready = epoll_pwait2(load.poll, events, EVENTS, &limit, NULL);
    if (ready < 0 && errno != EINTR) fail("waiting");
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      bool has_input = events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP);
      if (connection->open && has_input) receive(connection);
      flush(connection);
    }
  }
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* The nearest-rank quantile of the sorted latencies, in milliseconds. */
static double quantile_ms(int percent) {
  if (results.count == 0) return 0;
  size_t rank = (results.count * (size_t)percent + 99) / 100;
  return (double)results.latencies[rank > 0 ? rank - 1 : 0] / 1e6;
}

/* Writes latencies in the order of their completion. */
static void write_raw(void) {
  FILE *file = fopen(options.raw, "w");
  if (!file) fail("opening %s", options.raw);
  for (size_t i = 0; i < results.count; i++)
    fprintf(file, "%lld\n", (long long)results.latencies[i]);
  if (fclose(file) != 0) fail("writing %s", options.raw);
}

static void print_results(double seconds, double processor_seconds) {
  double sum = 0;
  for (size_t i = 0; i < results.count; i++) sum += (double)results.latencies[i];
  qsort(results.latencies, results.count, sizeof *results.latencies, compare);
  double mean = results.count ? sum / (double)results.count / 1e6 : 0;
  printf("%zu,%.1f,%.3f,%.3f,%.3f,%.3f,%llu,%.3f\n", results.count,
         (double)results.count / seconds, quantile_ms(50), quantile_ms(90), quantile_ms(99), mean,
         (unsigned long long)results.errors, processor_seconds);
}

static int measure(void) {
  int64_t start = now() + (int64_t)(options.warmup * 1e9);
  run_until(start);
  puts("start");
  results.errors = (uint64_t)(options.connections - results.open_connections);
  results.measuring = true;
  int64_t processor_start = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  start = now();
  run_until(start + (int64_t)(options.seconds * 1e9));
  double seconds = (double)(now() - start) / 1e9;
  double used = (double)(read_clock(CLOCK_PROCESS_CPUTIME_ID) - processor_start) / 1e9;
  if (options.raw) write_raw();
  print_results(seconds, used);
  return results.open_connections > 0 ? 0 : 1;
}

/* Prints what --watch has seen until now. */
static void print_gaps(void) {
  int64_t last = now() - results.last_acknowledged;
  int64_t longest = last > results.longest_gap ? last : results.longest_gap;
  printf("%llu,%.1f,%.1f\n", (unsigned long long)results.acknowledged, (double)longest / 1e6,
         (double)last / 1e6);
}

/* Sends puts at an interval, until one is acknowledged or to the end. */
static int probe(void) {
  int64_t end = now() + (int64_t)(options.seconds * 1e9);
  results.last_acknowledged = now();
  for (int64_t next = now(); next < end && results.open_connections > 0;) {
    for (int i = 0; i < options.connections; i++) {
      if (load.connections[i].open) submit(&load.connections[i]);
      flush(&load.connections[i]);
    }
    next += (int64_t)(options.interval_ms * 1e6);
    run_until(next < end ? next : end);
    if (is_answered()) {
      printf("%lld\n", (long long)read_clock(CLOCK_REALTIME));
      return 0;
    }
  }
  if (options.watch) print_gaps();
  return options.watch ? 0 : 1;
}

int main(int count, char **values) {
  read_options(count, values);
  setvbuf(stdout, NULL, _IOLBF, 0);
  build_body();
  open_connections();
  return options.probe ? probe() : measure();
}
