/* What this machine can do at all: waits for each moment with clock_nanosleep(2) and writes a
   request that was made before, on a connection that is open. Signs nothing.

   bare-sender PORT LEAD_NS, then lines "DUE_NS CHANNEL CUE" (CLOCK_REALTIME) on standard input.
   SCHED_FIFO where it may, and says so on standard output. */
#include "common.h"

int main(int count, char **arguments) {
    if (count != 3) return 64;
    int fd = connect_to(atoi(arguments[1]));
    int64_t lead = atoll(arguments[2]);
    struct sched_param parameter = {.sched_priority = 1};
    puts(sched_setscheduler(0, SCHED_FIFO, &parameter) ? "SCHED_OTHER" : "SCHED_FIFO");
    fflush(stdout);
    prctl(PR_SET_TIMERSLACK, 1);
    long long due;
    char channel[80], cue[80], body[512], request[1024], reply[4096];
    while (scanf("%lld %79s %79s", &due, channel, cue) == 3) {
        int length = sprintf(body,
                             "{\"channelArn\":\"arn:aws:ivs:us-west-2:123456789012:channel/%s\","
                             "\"metadata\":\"{\\\"cue\\\":\\\"%s\\\"}\"}",
                             channel, cue);
        length = sprintf(request,
                         "POST /PutMetadata HTTP/1.1\r\nHost: localhost\r\n"
                         "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                         length, body);
        int64_t left = due - lead - clock_ns(CLOCK_REALTIME);
        int64_t leave = clock_ns(CLOCK_MONOTONIC) + left;
        struct timespec when = {leave / 1000000000, leave % 1000000000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL)) {
        }
        if (write(fd, request, length) != length) die("write");
        /* Answers are read when the next one is prepared: it waits for none. */
        while (recv(fd, reply, sizeof reply, MSG_DONTWAIT) > 0) {
        }
    }
    sleep(1);
    return 0;
}
