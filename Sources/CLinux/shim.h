#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// What sched_setattr(2) takes; glibc has neither the call nor this before 2.41.
struct cue_sched_attr {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

// Asks that the calling thread, of an ordinary policy, be given its turn in slices of so many
// nanoseconds, and threads that it starts be not. False where the kernel has no such slices
// (before Linux 6.12) or takes another length.
static inline bool cue_ask_for_slice(uint64_t nanoseconds) {
    const uint64_t reset_on_fork = 1;
    struct cue_sched_attr attr = {0};
    if (syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0)) return false;
    attr.size = sizeof attr;
    attr.flags = reset_on_fork;
    attr.runtime = nanoseconds;
    if (syscall(SYS_sched_setattr, 0, &attr, 0)) return false;
    return !syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0) && attr.runtime == nanoseconds;
}
