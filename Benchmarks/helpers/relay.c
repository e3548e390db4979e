/* A long way: relay PORT MILLISECONDS passes everything on to a port of loopback, that much later
   each way. A new connection costs a round trip more, as a TCP handshake does: what it carries
   before that is passed on as if it had left when the handshake was over.

   Prints its own port. One thread, absolute deadlines. */
#include "common.h"

enum { FDS = 1 << 14, CHUNK = 1 << 16 };

struct chunk {
    struct chunk *next;
    int64_t release;
    size_t length; /* 0 closes */
    char bytes[];
};
/* What was read from one side and waits to be written to the other. */
struct side {
    int open, peer;
    int64_t ready; /* when its handshake is over */
    struct chunk *first, *last;
};

static struct side sides[FDS];
static int highest;
static int64_t delay;

static void drop(int fd) {
    for (struct chunk *c = sides[fd].first, *next; c; c = next) next = c->next, free(c);
    close(fd);
    memset(&sides[fd], 0, sizeof sides[fd]);
}

static void queue(int fd, const char *bytes, size_t length, int64_t now) {
    struct side *side = &sides[fd];
    struct chunk *chunk = malloc(sizeof *chunk + length);
    chunk->next = NULL;
    chunk->release = (now > side->ready ? now : side->ready) + delay;
    chunk->length = length;
    memcpy(chunk->bytes, bytes, length);
    if (side->first) side->last->next = chunk;
    else side->first = chunk;
    side->last = chunk;
}

/* Passes on what is due; returns when the next is. */
static int64_t pass_on(void) {
    int64_t next = INT64_MAX;
    for (int fd = 0; fd <= highest; fd++) {
        while (sides[fd].open && sides[fd].first) {
            struct chunk *chunk = sides[fd].first;
            if (chunk->release > clock_ns(CLOCK_MONOTONIC)) {
                if (chunk->release < next) next = chunk->release;
                break;
            }
            int peer = sides[fd].peer;
            if (!chunk->length) {
                drop(fd);
                drop(peer);
                break;
            }
            for (size_t done = 0; done < chunk->length;) {
                ssize_t count = write(peer, chunk->bytes + done, chunk->length - done);
                if (count > 0) done += count;
                else if (errno == EAGAIN)
                    poll(&(struct pollfd){.fd = peer, .events = POLLOUT}, 1, -1);
                else if (errno != EINTR) break;
            }
            sides[fd].first = chunk->next;
            free(chunk);
        }
    }
    return next;
}

static void add(int epoll, int fd, int peer, int64_t ready) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    sides[fd] = (struct side){.open = 1, .peer = peer, .ready = ready};
    if (fd > highest) highest = fd;
    no_delay(fd);
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    int port = atoi(arguments[1]);
    delay = atof(arguments[2]) * 1e6;
    signal(SIGPIPE, SIG_IGN);
    if (go_first(10)) fprintf(stderr, "relay: without SCHED_FIFO\n");
    int listener = listen_and_tell(), epoll = epoll_create1(EPOLL_CLOEXEC);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = timer;
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
    char bytes[CHUNK];
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, -1);
        int64_t now = clock_ns(CLOCK_MONOTONIC);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                    int peer = connect_to(port);
                    fcntl(peer, F_SETFL, O_NONBLOCK);
                    if (fd >= FDS || peer >= FDS) die("too many connections");
                    add(epoll, fd, peer, now + 2 * delay);
                    add(epoll, peer, fd, 0);
                }
            } else if (fd == timer) {
                uint64_t expired;
                if (read(timer, &expired, sizeof expired) < 0) continue;
            } else if (sides[fd].open) {
                ssize_t length = read(fd, bytes, sizeof bytes);
                if (length > 0) queue(fd, bytes, length, now);
                else if (length == 0 || (errno != EAGAIN && errno != EINTR)) {
                    epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
                    queue(fd, "", 0, now);
                }
            }
        }
        int64_t next = pass_on();
        struct itimerspec when = {0};
        if (next < INT64_MAX) {
            when.it_value.tv_sec = next / 1000000000;
            when.it_value.tv_nsec = next % 1000000000;
        }
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
    }
}
