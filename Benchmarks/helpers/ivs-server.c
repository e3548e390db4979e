/* An IVS to measure against: PutMetadata is answered 204, GetStream with a live stream, on
   connections that stay open. One thread. The arrival of each PutMetadata is stamped with
   CLOCK_REALTIME right after the read(2) that brought its last byte, before anything is parsed.

   Prints its port. GET /arrivals gives, and forgets, what came:
       connections N                 (opened since the last time)
       NANOSECONDS CHANNEL CUE       (one line for each PutMetadata)

   It judges moments and counts, not signatures: Tests/python does that. */
#include "common.h"

enum { BUFFER = 1 << 16, CONNECTIONS = 1 << 14, ARRIVALS = 1 << 20, NAME = 72 };

struct connection {
    size_t used;
    char bytes[BUFFER + 1];
};
struct arrival {
    int64_t at;
    char channel[NAME], cue[NAME];
};

static struct connection *connections[CONNECTIONS];
static struct arrival *arrivals;
static int arrived, opened;

static void reply(int fd, const char *bytes, size_t length) {
    while (length) {
        ssize_t count = write(fd, bytes, length);
        if (count > 0) bytes += count, length -= count;
        else if (errno == EAGAIN) poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        else if (errno != EINTR) return;
    }
}

/* Copies what follows `before` up to a quotation mark or backslash. */
static void copy_after(const char *text, const char *before, char *to) {
    const char *from = strstr(text, before);
    size_t length = from ? strcspn(from += strlen(before), "\"\\") : 0;
    if (length >= NAME) length = NAME - 1;
    if (length) memcpy(to, from, length);
    to[length] = 0;
}

static void tell_arrivals(int fd) {
    size_t size = 256 + (size_t)arrived * (2 * NAME + 24), used = 0;
    char *body = malloc(size), head[128];
    used += sprintf(body, "connections %d\n", opened);
    for (int i = 0; i < arrived; i++)
        used += sprintf(body + used, "%lld %s %s\n", (long long)arrivals[i].at,
                        arrivals[i].channel, arrivals[i].cue);
    reply(fd, head, sprintf(head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", used));
    reply(fd, body, used);
    free(body);
    arrived = opened = 0;
}

static void answer(int fd, char *request, char *body, int64_t at) {
    static char date[64];
    static time_t second, born;
    static unsigned long long number;
    time_t now = at / 1000000000;
    if (!born) born = now;
    if (now != second) {
        struct tm t;
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &t));
        second = now;
    }
    char head[1024], text[512] = "", arn[200];
    int status = 204;
    if (!strncmp(request, "GET /arrivals ", 14)) return tell_arrivals(fd);
    if (!strncmp(request, "POST /PutMetadata ", 18)) {
        if (arrived < ARRIVALS) {
            struct arrival *a = &arrivals[arrived++];
            a->at = at;
            copy_after(body, ":channel/", a->channel);
            copy_after(body, "\\\"cue\\\":\\\"", a->cue);
        }
    } else if (!strncmp(request, "POST /GetStream ", 16)) {
        struct tm t;
        char start[32];
        status = 200;
        copy_after(body, "arn:aws:ivs:", arn);
        strftime(start, sizeof start, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&born, &t));
        snprintf(text, sizeof text,
                 "{\"stream\":{\"channelArn\":\"arn:aws:ivs:%s\",\"health\":\"HEALTHY\","
                 "\"startTime\":\"%s\",\"state\":\"LIVE\","
                 "\"streamId\":\"st-1A2b3c4D5e6F78ghij9Klmn\",\"viewerCount\":7}}",
                 arn, start);
    } else {
        status = 404;
    }
    int length = snprintf(
        head, sizeof head,
        "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: application/json\r\n"
        "x-amzn-RequestId: 00000000-0000-4000-8000-%012llu\r\n",
        status, status == 204 ? "No Content" : status == 200 ? "OK" : "Not Found", date, ++number);
    if (status != 204)
        length += sprintf(head + length, "Content-Length: %zu\r\n", strlen(text));
    length += sprintf(head + length, "\r\n%s", text);
    reply(fd, head, length);
}

/* Answers every whole request that has come; true while the connection is of use. */
static int take(int fd, struct connection *c) {
    ssize_t count = read(fd, c->bytes + c->used, BUFFER - c->used);
    int64_t at = clock_ns(CLOCK_REALTIME);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) return 0;
    c->used += count;
    for (;;) {
        c->bytes[c->used] = 0;
        char *end = strstr(c->bytes, "\r\n\r\n");
        if (!end) return c->used < BUFFER;
        char *length_at = strcasestr(c->bytes, "\r\ncontent-length:");
        size_t length = length_at && length_at < end ? strtoul(length_at + 17, NULL, 10) : 0;
        size_t whole = end + 4 - c->bytes + length;
        if (whole > BUFFER) return 0;
        if (whole > c->used) return 1;
        char next = c->bytes[whole];
        c->bytes[whole] = 0;
        answer(fd, c->bytes, end + 4, at);
        c->bytes[whole] = next;
        c->used -= whole;
        memmove(c->bytes, c->bytes + whole, c->used);
        if (!c->used) return 1;
    }
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    if (go_first(10)) fprintf(stderr, "ivs-server: without SCHED_FIFO\n");
    arrivals = malloc(ARRIVALS * sizeof *arrivals);
    int listener = listen_and_tell(), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                    if (fd >= CONNECTIONS) {
                        close(fd);
                        continue;
                    }
                    no_delay(fd);
                    if (!connections[fd]) connections[fd] = malloc(sizeof *connections[fd]);
                    connections[fd]->used = 0;
                    event.events = EPOLLIN;
                    event.data.fd = fd;
                    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
                    opened++;
                }
            } else if (!take(fd, connections[fd])) {
                close(fd);
            }
        }
    }
}
